//! A move that something happens to, and how it must end all the same.

use exodus_tests::binary::Output;
use exodus_tests::database::{Database, Server};
use exodus_tests::dump::{self, Dump};
use exodus_tests::private::Private;
use exodus_tests::world::{self, MOVE, World};

pub(super) const PURGE: [&str; 3] = ["purge", "1", "--yes"];

/// One of the three databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Source,
    Target,
    Store,
}

pub(super) const ROLES: [Role; 3] = [Role::Source, Role::Target, Role::Store];

/// The servers that are there, one of each product.
pub(super) fn networked() -> impl Iterator<Item = Server> {
    world::networked().filter(|server| *server != Server::Postgres18)
}

/// A world, and what it must look like in the end.
pub(super) struct Case {
    pub(super) world: World,
    /// The name of the store's database, by which errors call it.
    store: String,
    /// Source and target before the move.
    before: (Dump, Dump),
    /// Source and target after the purge.
    after: (Dump, Dump),
}

impl Case {
    /// All three databases on a server; the one of this role on another, if there is one.
    pub(super) fn with(server: Server, elsewhere: Option<(Role, &Private)>) -> Self {
        let [source, target, store] = ROLES.map(|role| match elsewhere {
            Some((other, private)) if other == role => private.database(),
            _ => Database::create(server),
        });
        let name = store.name().to_owned();
        Self::of(World::of(source, target, Some(store)), name)
    }

    pub(super) fn of(mut world: World, store: String) -> Self {
        let (before, mine) = (world.dumps(), world.mine());
        let after = (dump::minus(&before.0, &mine), dump::plus(&before.1, &mine));
        Self {
            world,
            store,
            before,
            after,
        }
    }

    /// The name of the store's database.
    pub(super) fn store(&self) -> &str {
        &self.store
    }

    /// The name of a database on its server.
    pub(super) fn name(&self, role: Role) -> String {
        match role {
            Role::Source => self.world.source.name().to_owned(),
            Role::Target => self.world.target.name().to_owned(),
            Role::Store => self.store.clone(),
        }
    }

    /// The server has ended the test's own session with it, too.
    pub(super) fn reconnect(&mut self, role: Role) {
        match role {
            Role::Source => self.world.source.reconnect(),
            Role::Target => self.world.target.reconnect(),
            Role::Store => self.world.reconnect_store(),
        }
    }

    /// More rows that move.
    pub(super) fn and(mut self, mine: &Dump) -> Self {
        self.after = (dump::minus(&self.after.0, mine), dump::plus(&self.after.1, mine));
        self
    }

    pub(super) fn status(&self) -> String {
        let moves = self.world.place.run(&["moves", "--format", "json"]).expect(0).json();
        let first = moves["moves"].as_array().and_then(|moves| moves.last());
        first
            .map_or("none", |last| last["status"].as_str().expect("a word"))
            .to_owned()
    }

    /// What came of a command, for people who watch the test.
    pub(super) fn outcome(&self, output: &Output) -> String {
        let told = output.stderr.split_once("error: ").map_or("", |(_, told)| told);
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("exit {}, {}: {told}", output.code, self.status())
    }

    /// Nothing has happened, as far as anybody can tell.
    #[track_caller]
    pub(super) fn is_as_before(&mut self, what: &str) {
        let (shard, state) = self.world.place.dispatch("42");
        assert_eq!((&*shard, &*state), ("source", "active"), "{what}");
        let found = self.world.dumps();
        dump::assert_equal(&format!("{what}: the source"), &found.0, &self.before.0);
        dump::assert_equal(&format!("{what}: the target"), &found.1, &self.before.1);
    }

    /// What a command says that has failed: where, what to do, and no value of a row.
    #[track_caller]
    pub(super) fn is_told(&self, what: &str, role: Role, output: &Output) {
        let text = output.text();
        assert!(
            !text.contains("planted-secret"),
            "{what}: a row's value is shown: {text}"
        );
        if output.code == 0 {
            return;
        }
        assert!(matches!(output.code, 3 | 4), "{what}: exit {}: {text}", output.code);
        let name = match role {
            Role::Source => "source",
            Role::Target => "target",
            Role::Store => &self.store,
        };
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(name), "{what}: {name} is not named: {text}");
        assert!(words.contains("help: "), "{what}: nobody is told what to do: {text}");
    }

    /// Goes on from wherever it stands to the end of the purge, and looks that nothing was lost or doubled on the way.
    #[track_caller]
    pub(super) fn ends_well(&mut self, what: &str) {
        let place = &self.world.place;
        let mut way = vec![];
        let status = loop {
            let status = self.status();
            way.push(status.clone());
            let id = if way[0] == "none" {
                "1".to_owned()
            } else {
                place.last_move()
            };
            let output = match status.as_str() {
                "none" | "aborted" => place.run(&MOVE),
                "switched" => place.run(&["purge", &id, "--yes"]),
                "done" => break status,
                _ => place.run(&["resume", &id, "--yes"]),
            };
            assert_eq!(output.code, 0, "{what}, by way of {way:?}: {}", output.text());
            assert!(way.len() < 6, "{what}: {way:?} leads nowhere");
        };
        assert_eq!(status, "done");
        let (shard, state) = place.dispatch("42");
        assert_eq!((&*shard, &*state), ("target", "active"), "{what}");
        let found = self.world.dumps();
        dump::assert_equal(
            &format!("{what}, by way of {way:?}: the source"),
            &found.0,
            &self.after.0,
        );
        dump::assert_equal(
            &format!("{what}, by way of {way:?}: the target"),
            &found.1,
            &self.after.1,
        );
    }
}
