#!/usr/bin/env bash
# Builds the release binary and prints what that took: from nothing, where nothing is built yet.
set -euo pipefail
cd "$(dirname "$0")/.."
from=$([ -d target/release ] && echo "on top of an earlier build" || echo "from nothing")
start=$(date +%s)
cargo build --release --locked
took=$(($(date +%s) - start))
size=$(stat -c %s target/release/baraza 2>/dev/null || stat -f %z target/release/baraza)
crates=$(cargo tree --locked -p baraza-server -e normal,build --prefix none --no-dedupe | awk '{print $1, $2}' | sort -u | wc -l)
echo "release build $from: ${took} s on $(nproc 2>/dev/null || echo '?') cores; binary $((size / 1024)) KiB; $((crates - 3)) crates besides our own"
