//! The server's and the driver's errors, in this crate's terms and without row values.

use mysql_async::{DriverError, Error as Cause, IoError, ServerError};

use crate::error::{Error, ErrorKind};

/// The error of a statement on an open session.
pub(super) fn statement(name: &str, doing: impl Into<String>, cause: Cause) -> Error {
    match cause {
        Cause::Server(server) => from_server(name, doing, &server),
        Cause::Driver(DriverError::PacketTooLarge) => {
            Error::new(ErrorKind::Data, name, doing).because("a packet larger than 1 GiB")
        }
        other => Error::new(ErrorKind::Lost, name, doing).because(driver_text(&other)),
    }
}

/// The error of an attempt to connect to `peer` (host:port or a socket's path).
pub(super) fn connecting(name: &str, peer: &str, host: &str, cause: &Cause) -> Error {
    let doing = format!("connecting to {peer}");
    match cause {
        Cause::Server(server) => from_server(name, doing, server),
        Cause::Driver(DriverError::NoClientSslFlagFromServer) => Error::new(ErrorKind::Tls, name, doing)
            .because("the server offers no TLS")
            .help("turn TLS on at the server, or use sslmode=disable where the network is trusted"),
        Cause::Driver(
            DriverError::UnknownAuthPlugin { .. }
            | DriverError::CleartextPluginDisabled
            | DriverError::MysqlOldPasswordDisabled,
        ) => Error::new(ErrorKind::Authentication, name, doing)
            .because(driver_text(cause))
            .help("give this user caching_sha2_password, mysql_native_password, ed25519 or parsec"),
        Cause::Io(IoError::Tls(_)) => tls(name, doing, host, cause),
        _ if certificate(cause).is_some() => tls(name, doing, host, cause),
        other => Error::new(ErrorKind::Connect, name, doing).because(driver_text(other)),
    }
}

fn tls(name: &str, doing: String, host: &str, cause: &Cause) -> Error {
    let error = Error::new(ErrorKind::Tls, name, doing).because(driver_text(cause));
    match certificate(cause).and_then(|tls| crate::tls::help(tls, host)) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// The TLS library's own error, where that is what broke a handshake.
pub(super) fn certificate(cause: &Cause) -> Option<&rustls::Error> {
    match cause {
        Cause::Io(IoError::Io(io)) => io.get_ref().and_then(|inner| inner.downcast_ref()),
        Cause::Io(IoError::Tls(mysql_async::TlsError::Tls(tls))) => Some(tls),
        _ => None,
    }
}

/// What the driver says, which quotes no statement; its wrappings are left off.
fn driver_text(cause: &Cause) -> String {
    match cause {
        Cause::Io(IoError::Io(io)) => crate::error::of_network(io),
        Cause::Io(IoError::Tls(tls)) => tls.to_string(),
        // These carry whole values or packets; their text must not grow into one with an update of the driver.
        Cause::Driver(DriverError::FromValue { .. } | DriverError::FromRow { .. }) => "an unexpected value".to_owned(),
        Cause::Driver(DriverError::UnexpectedPacket { .. }) => "an unexpected packet".to_owned(),
        Cause::Driver(driver) => driver.to_string(),
        other => other.to_string(),
    }
}

/// The error of a COMMIT. Whether it took effect is not known, but for what rolls back: a deadlock found at the last moment
/// (Galera's certification), and a server that has become read-only.
pub(super) fn commit(name: &str, cause: Cause) -> Error {
    match cause {
        Cause::Server(server) if !matches!(server.code, 1213 | 1290 | 1836) => {
            Error::new(ErrorKind::Lost, name, "committing").because(told(&server))
        }
        other => statement(name, "committing", other),
    }
}

fn told(server: &ServerError) -> String {
    // A SIGNAL may borrow any error number; its state gives it away.
    let code = if server.state.starts_with("45") {
        1644
    } else {
        server.code
    };
    format!(
        "{} ({}, SQLSTATE {})",
        text(code, &server.message),
        server.code,
        server.state
    )
}

fn from_server(name: &str, doing: impl Into<String>, server: &ServerError) -> Error {
    let error = Error::new(kind(server.code), name, doing).because(told(server));
    match help(server.code) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// What kind of failure an error number is.
pub(super) fn kind(code: u16) -> ErrorKind {
    match code {
        1045 | 1698 | 1820 | 1862 | 3118 | 3878 => ErrorKind::Authentication,
        1040 | 1049 | 1129 | 1130 | 1203 | 1226 => ErrorKind::Connect,
        1044 | 1142 | 1143 | 1227 | 1290 | 1370 | 1419 | 1792 | 1836 => ErrorKind::Privilege,
        1022 | 1048 | 1062 | 1169 | 1216 | 1217 | 1364 | 1451 | 1452 | 1557 | 1586 | 1761 | 1762 | 1859 | 3819
        | 4025 => ErrorKind::Constraint,
        1053 | 1080 | 1152 | 1159 | 1160 | 1161 | 1184 | 1927 | 2006 | 2013 | 3169 | 4031 => ErrorKind::Lost,
        1153
        | 1263
        | 1264
        | 1265
        | 1292
        | 1300
        | 1301
        | 1366
        | 1367
        | 1406
        | 1411
        | 1416
        | 1526
        | 1690
        | 3140..=3157 => ErrorKind::Data,
        1205 | 1213 => ErrorKind::Locked,
        1317 => ErrorKind::Cancelled,
        _ => ErrorKind::Statement,
    }
}

fn help(code: u16) -> Option<&'static str> {
    Some(match code {
        1044 => {
            "grant this user what it needs on that database (GRANT SELECT ON database.* TO …; docs/privileges.md lists it), \
             or connect as one that has it"
        }
        1142 | 1143 | 1227 | 1370 => "grant it to this user, or connect as one that has it",
        1049 => "create the database, or correct its name at the end of the URL",
        1021 | 1114 => "make room on the server's disk, or let its tablespace grow",
        1153 => "raise max_allowed_packet on the server",
        1205 => "another session holds a lock on these rows; end it or try again",
        1213 => "the server chose this session as the victim of a deadlock; try again",
        1290 | 1836 => "the server is read-only; connect to the primary",
        1419 => "binary logging is on and log_bin_trust_function_creators is off",
        1665 => "this server logs statements; set binlog_format = ROW",
        1130 => "allow this host for the user on the server",
        _ => return None,
    })
}

/// The server's message without the values it may quote. (The session has `lc_messages = 'en_US'`.)
pub(super) fn text(code: u16, message: &str) -> String {
    match code {
        // SIGNAL: whatever the author of a trigger wrote, with or without values.
        1644 => "a trigger or routine raised an error of its own".to_owned(),
        // Duplicate entry '{value}' for key '{name}'
        1062 | 1586 | 1859 => match message.rsplit_once(" for key ") {
            Some((_, key)) => format!("duplicate entry for key {key}"),
            None => "duplicate entry".to_owned(),
        },
        // Incorrect … value: '{value}' for column {name} at row {number}
        1292 | 1366 | 1411 | 1525 => match message.rsplit_once(" for column ") {
            Some((_, place)) => format!("incorrect value for column {place}"),
            None => "incorrect value".to_owned(),
        },
        // … near '{statement from there on}' at line {number}
        1064 => match message.rsplit_once(" at line ") {
            Some((_, line)) => format!("syntax error at line {line}"),
            None => "syntax error".to_owned(),
        },
        _ if names_only(code) => message.to_owned(),
        // Anything may be quoted here: a value, an expression, what a trigger's author wrote.
        _ => message
            .split(|c: char| "'\"`:".contains(c) || c.is_ascii_digit())
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned(),
    }
}

/// Messages in which the server puts names, privileges and row numbers, and nothing of a row.
fn names_only(code: u16) -> bool {
    matches!(
        code,
        1005..=1008 | 1021 | 1026..=1028 | 1030 | 1036 | 1040 | 1041 | 1044..=1046 | 1048..=1052 | 1054 | 1060 | 1061
        | 1072 | 1075 | 1091 | 1093 | 1100 | 1109 | 1114 | 1118 | 1129 | 1130 | 1142 | 1143 | 1146 | 1148 | 1153 | 1169
        | 1205 | 1206 | 1213 | 1215..=1217 | 1226 | 1227 | 1235 | 1263..=1265 | 1267 | 1270 | 1290 | 1305 | 1317 | 1356
        | 1364 | 1370 | 1406 | 1412 | 1419 | 1451 | 1452 | 1456 | 1553 | 1665 | 1698 | 1785 | 1792 | 1820 | 1836 | 1862
        | 1927 | 1969 | 3024 | 3098 | 3105 | 3144 | 3572 | 3636 | 3780 | 3819 | 3948 | 4025 | 4031 | 4166
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_out() {
        for (code, message, expected) in [
            (
                1062,
                "Duplicate entry 'it's for key 'x' for key 'clients.login'",
                "duplicate entry for key 'clients.login'",
            ),
            (
                1366,
                "Incorrect integer value: 'secret' for column `d`.`t`.`n` at row 7",
                "incorrect value for column `d`.`t`.`n` at row 7",
            ),
            (1292, "Truncated incorrect DOUBLE value: 'secret'", "incorrect value"),
            (
                1064,
                "You have an error … near ''secret'' at line 3",
                "syntax error at line 3",
            ),
            (
                1644,
                "client secret is blocked",
                "a trigger or routine raised an error of its own",
            ),
            (
                1526,
                "Table has no partition for value 4711",
                "Table has no partition for value",
            ),
            (
                1690,
                "BIGINT value is out of range in '(4711 + 1)'",
                "BIGINT value is out of range in",
            ),
        ] {
            assert_eq!(text(code, message), expected);
        }
    }

    #[test]
    fn constraint_names_are_kept() {
        let message = "Cannot add or update a child row: a foreign key constraint fails (`d`.`c`, CONSTRAINT `c_p` FOREIGN KEY (`p`) REFERENCES `p` (`id`))";
        assert_eq!(text(1452, message), message);
    }
}
