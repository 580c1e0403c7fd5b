//! What of an address may be shown when it could not be understood.

/// The address without anything that could be a password.
///
/// Where a password ends is only certain if it is written as URLs want it. In any other case nothing but the scheme is
/// shown.
pub(super) fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return "…".to_owned();
    };
    if !is_scheme(scheme) {
        return "…".to_owned();
    }
    // Everything behind the question mark may be a part of a password that holds one.
    let plain = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.split_once('@') {
        Some((user, behind)) if !behind.contains('@') && !user.contains(['/', '?', '#']) => {
            let host = behind.split(['?', '#']).next().unwrap_or_default();
            match user.split_once(':') {
                Some((user, _)) => format!("{scheme}://{user}:…@{host}"),
                None => format!("{scheme}://{user}@{host}"),
            }
        }
        // `user:password` without a host looks like `host:port`.
        None if !plain.contains(':') => format!("{scheme}://{plain}"),
        _ => format!("{scheme}://…"),
    }
}

/// Whether it can be nothing but a scheme.
pub(super) fn is_scheme(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}
