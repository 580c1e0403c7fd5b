//! Passwords: where one is looked for, in order, and the prompt. They are printed nowhere.

use std::env;

use exodus_engine::{Address, Secret};

use crate::context::Context;
use crate::exit::Failure;
use crate::output;

/// The address with its password, if it may need one: from the URL, PGPASSWORD or ~/.pgpass, MYSQL_PWD, or by asking.
///
/// Where nobody can be asked the address stays without: the server may not want one, and says so if it does.
pub(crate) fn find(mut address: Address, context: &Context) -> Result<Address, Failure> {
    if let Some(warning) = address.find_password(&|name| env::var(name).ok()) {
        context.note(&format!("warning: {warning}"));
    }
    if address.needs_password() && output::can_ask() {
        let password = rpassword::prompt_password(format!("Password for {address}: "))
            .map_err(|error| Failure::runtime(format!("no password could be read: {error}")))?;
        address.set_password(Secret::new(password));
    }
    Ok(address)
}
