//! In front of a real server: a door on another address, or one with a certificate of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use url::Url;

fn server_of(address: &str) -> (String, u16) {
    let url = Url::parse(address).expect("an address");
    (url.host_str().expect("a host").to_owned(), url.port().expect("a port"))
}

/// The same address on another host and port.
fn at(address: &str, listener: &TcpListener) -> String {
    let own = listener.local_addr().expect("its own address");
    let mut url = Url::parse(address).expect("an address");
    url.set_ip_host(own.ip()).expect("a URL with a host");
    url.set_port(Some(own.port())).expect("a URL with a port");
    url.to_string()
}

/// Lets everything through, from an address for which the server's certificate is not. It ends with the test's process.
pub fn under_another_name(address: &str) -> String {
    let server = server_of(address);
    // All of 127 is this machine.
    let listener = TcpListener::bind("127.0.0.2:0").expect("a port");
    let door = at(address, &listener);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(upstream) = TcpStream::connect(&server) else {
                continue;
            };
            for (from, to) in [(&client, &upstream), (&upstream, &client)] {
                let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
                    continue;
                };
                thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    door
}

/// The server's own greeting, and then this certificate. Nobody gets further. It ends with the test's process.
pub fn with_certificate(address: &str, certificate: &str, key: &str) -> String {
    let server = server_of(address);
    let is_postgres = address.starts_with("postgres");
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let door = at(address, &listener);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // Whoever turns away ends this with an error.
            let _ = greet(client, &server, is_postgres, &config);
        }
    });
    door
}

fn greet(
    mut client: TcpStream,
    server: &(String, u16),
    is_postgres: bool,
    config: &Arc<ServerConfig>,
) -> std::io::Result<()> {
    if is_postgres {
        // SSLRequest, and yes.
        client.read_exact(&mut [0; 8])?;
        client.write_all(b"S")?;
    } else {
        let mut upstream = TcpStream::connect(server)?;
        relay_packet(&mut upstream, &mut client)?;
        // The client's flags, TLS among them.
        let mut head = [0; 4];
        client.read_exact(&mut head)?;
        client.read_exact(&mut vec![0; length(head)])?;
    }
    let mut tls = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut client)?;
    }
    // In TLS 1.3 the client judges when the server is through.
    tls.complete_io(&mut client).map(drop)
}

fn relay_packet(from: &mut TcpStream, to: &mut TcpStream) -> std::io::Result<()> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let mut body = vec![0; length(head)];
    from.read_exact(&mut body)?;
    to.write_all(&[&head[..], &body].concat())
}

fn length(head: [u8; 4]) -> usize {
    usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16
}
