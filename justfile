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

# 500 moves among four databases, with writers, and operators that are killed; a few minutes
soak moves="500":
    EXODUS_SOAK_MOVES={{ moves }} tests/run --no-capture -E 'binary(soak)'

# the pictures of docs/gallery.md
gallery:
    UPDATE=1 cargo test -p exodus --test report gallery

# a thousand tables on paper; some minutes
paper:
    cargo test -p exodus-report --test paper -- --ignored --nocapture

# kills before every statement of the kinds of moves of which CI tries some; many minutes
kills:
    tests/run --no-capture --run-ignored all -E 'binary(moves) & test(/^statements::kinds::each/)'

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
