# Shortcuts; every one of them is a plain command that works without just.

# what there is
default:
    @just --list

# watch a monolith being classified and a client move, with no server
demo *arguments:
    cargo run --release -- demo {{ arguments }}

# all tests, on real servers
test *arguments:
    tests/run {{ arguments }}

# clippy, documentation, scripts
lint:
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace
    shellcheck -x tests/run tests/servers/servers .ci/run benches/run benches/many benches/audit

# format everything
fmt:
    cargo fmt --all

# benchmarks
bench *arguments:
    benches/run {{ arguments }}

# benchmarks of what needs no server
bench-pure *arguments:
    cargo bench -p exodus-benches {{ arguments }}

# what CI runs
ci:
    .ci/run

# servers that stay up while you work: start, env, status, stop
servers command="start":
    tests/servers/servers {{ command }}
