//! A way to a server that breaks, stalls or is slow where a test wants it to.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use url::Url;

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The next request doesn't get to the server.
    Request,
    /// The next request gets to the server, which carries it out; the answer doesn't come back.
    Answer,
    /// As `Request`, and nobody is told: the connection stays open.
    StalledRequest,
    /// As `Answer`, and nobody is told.
    StalledAnswer,
}

/// The connection goes on.
const WHOLE: i64 = i64::MAX;
/// It breaks with the next answer.
const ANSWER: i64 = -1;
/// It stalls with the next request, or answer.
const STALLED_REQUEST: i64 = -2;
const STALLED_ANSWER: i64 = -3;

/// What is handed on at once over a slow way.
const PORTION: usize = 2_048;

/// One connection.
#[derive(Debug)]
struct Way {
    /// How many more bytes get from the client to the server, or one of the words above.
    left: AtomicI64,
    /// It stalls after them, instead of breaking.
    stalls: AtomicBool,
}

/// Stands between clients and a server. It ends with the test's process.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    connections: Arc<Mutex<Vec<Arc<Way>>>>,
    /// What the next connection may send.
    allowance: Arc<AtomicI64>,
    /// Bytes a second in each direction; 0 for as many as there are.
    speed: Arc<AtomicU64>,
}

impl Proxy {
    /// In front of the server that the address names.
    pub fn before(address: &str) -> Self {
        let url = Url::parse(address).expect("an address");
        let server = (url.host_str().expect("a host").to_owned(), url.port().expect("a port"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let proxy = Self {
            port: listener.local_addr().expect("its own address").port(),
            connections: Arc::default(),
            allowance: Arc::new(AtomicI64::new(WHOLE)),
            speed: Arc::default(),
        };
        let (connections, allowance) = (Arc::clone(&proxy.connections), Arc::clone(&proxy.allowance));
        let speed = Arc::clone(&proxy.speed);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect((&*server.0, server.1)) else {
                    continue;
                };
                let way = Arc::new(Way {
                    left: AtomicI64::new(allowance.swap(WHOLE, Ordering::SeqCst)),
                    stalls: AtomicBool::new(false),
                });
                connections.lock().expect("no panic").push(Arc::clone(&way));
                join(&client, &server, &way, &speed);
            }
        });
        proxy
    }

    /// The same address by way of it.
    pub fn address(&self, address: &str) -> String {
        let mut url = Url::parse(address).expect("an address");
        url.set_port(Some(self.port)).expect("a URL with a host");
        url.to_string()
    }

    /// Breaks every connection that there is as is said; those that come later are whole.
    pub fn break_all(&self, how: Break) {
        let word = match how {
            Break::Request => 0,
            Break::Answer => ANSWER,
            Break::StalledRequest => STALLED_REQUEST,
            Break::StalledAnswer => STALLED_ANSWER,
        };
        for way in &*self.connections.lock().expect("no panic") {
            way.left.store(word, Ordering::SeqCst);
        }
    }

    /// Every connection that there is stalls when its client has sent so many more bytes: in the middle of a request.
    pub fn stall_all_after(&self, bytes: i64) {
        for way in &*self.connections.lock().expect("no panic") {
            way.stalls.store(true, Ordering::SeqCst);
            way.left.store(bytes, Ordering::SeqCst);
        }
    }

    /// From now on, so many bytes a second go in each direction of a connection.
    pub fn slow_down(&self, bytes_a_second: u64) {
        self.speed.store(bytes_a_second, Ordering::SeqCst);
    }

    /// The next connection breaks when its client has sent so many bytes; those that come after it are whole.
    pub fn break_next_after(&self, bytes: i64) {
        self.allowance.store(bytes, Ordering::SeqCst);
    }
}

/// Hands bytes on in both directions, until the connection is to break.
fn join(client: &TcpStream, server: &TcpStream, way: &Arc<Way>, speed: &Arc<AtomicU64>) {
    let both = || {
        let clones = (client.try_clone(), server.try_clone());
        (clones.0.expect("a socket"), clones.1.expect("a socket"))
    };
    let (mut from, mut to) = both();
    let (requests, pace) = (Arc::clone(way), Arc::clone(speed));
    thread::spawn(move || {
        let mut buffer = [0; PORTION];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let allowed = requests.left.load(Ordering::SeqCst);
            let passes = match usize::try_from(allowed) {
                Ok(allowed) if allowed < read => allowed,
                _ => read,
            };
            if allowed == STALLED_REQUEST {
                swallow(&mut from);
                break;
            }
            if !matches!(allowed, ANSWER | STALLED_ANSWER | WHOLE) {
                requests
                    .left
                    .fetch_sub(i64::try_from(passes).unwrap_or(WHOLE), Ordering::SeqCst);
            }
            wait(&pace, passes);
            let broken = to.write_all(&buffer[..passes]).is_err();
            if !broken && passes < read && requests.stalls.load(Ordering::SeqCst) {
                swallow(&mut from);
            }
            if broken || passes < read {
                break;
            }
        }
        end(&from, &to);
    });
    let (mut to, mut from) = both();
    let (answers, pace) = (Arc::clone(way), Arc::clone(speed));
    thread::spawn(move || {
        let mut buffer = [0; PORTION];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            wait(&pace, read);
            match answers.left.load(Ordering::SeqCst) {
                ANSWER => break,
                STALLED_ANSWER => {
                    swallow(&mut from);
                    break;
                }
                _ if to.write_all(&buffer[..read]).is_err() => break,
                _ => {}
            }
        }
        end(&from, &to);
    });
}

/// Takes what comes, and hands nothing on, until whoever sends it hangs up.
fn swallow(from: &mut TcpStream) {
    let mut buffer = [0; PORTION];
    while matches!(from.read(&mut buffer), Ok(1..)) {}
}

/// As long as so many bytes take.
fn wait(speed: &AtomicU64, bytes: usize) {
    let speed = speed.load(Ordering::SeqCst);
    if let Some(micros) = (bytes as u64 * 1_000_000).checked_div(speed) {
        thread::sleep(Duration::from_micros(micros));
    }
}

fn end(one: &TcpStream, other: &TcpStream) {
    drop((one.shutdown(Shutdown::Both), other.shutdown(Shutdown::Both)));
}
