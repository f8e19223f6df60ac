#!/bin/sh
# Runs every client against the server named by FIELDPOST_BIN, and ends with a line of counts.
# The published packages are installed first, here in this folder, at the versions written down.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

if [ ! -x "${FIELDPOST_BIN:-}" ]; then
	echo "FIELDPOST_BIN names no program: build the server, then FIELDPOST_BIN=target/debug/fieldpost $0" >&2
	exit 2
fi
FIELDPOST_BIN=$(cd "$(dirname "$FIELDPOST_BIN")" && pwd)/$(basename "$FIELDPOST_BIN")
export FIELDPOST_BIN
cd "$here"

# Makes an environment of Python with what a list names.
install() {
	rm -rf "$2"
	python3 -m venv "$2"
	"$2/bin/pip" install --quiet --disable-pip-version-check --requirement "$1"
	cp "$1" "$2/"
}

# A copy of the list lies beside what was installed from it, so that nothing is installed twice.
if ! cmp -s requirements.txt .venv/requirements.txt || ! .venv/bin/python -c '' 2>/dev/null; then
	install requirements.txt .venv
fi
if ! cmp -s requirements-esphome.txt .venv-esphome/requirements-esphome.txt; then
	install requirements-esphome.txt .venv-esphome || rm -rf .venv-esphome
fi
if ! cmp -s package-lock.json node_modules/installed-lock.json; then
	npm ci --silent
	cp package-lock.json node_modules/installed-lock.json
fi

# The programs that stories run find what was installed as well.
PYTHON=$here/.venv/bin/python
export PYTHON

exec .venv/bin/python -W error::ResourceWarning run.py "$@"
