#!/bin/sh
# From a bare machine to an installed product: finds a Python, fetches uv with it, installs what the
# requirements files name, hash by hash. Does nothing when nothing changed.
#   sh smartrec/devstack/bootstrap.sh        what the product runs on
#   sh smartrec/devstack/bootstrap.sh dev    and what its tests and checks need
set -eu
cd "$(dirname "$0")/../.."

refuse() {
    echo "SmartRec cannot be installed: $1" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    if found=$("${PYTHON:-python3}" --version 2>&1); then
        refuse "Python 3.11 or newer is needed, and this is $found (name another one with PYTHON=)."
    fi
    refuse "Python 3.11 or newer is needed, and none was found (name one with PYTHON=)."
}

# Runs a step in silence; what it says is kept for `explain`.
quietly() {
    mkdir -p var
    "$@" >var/bootstrap.log 2>&1
}

# A step failed: say why in one line.
explain() {
    if grep -qiE 'no space left|disk quota' var/bootstrap.log 2>/dev/null; then
        refuse "Not enough disk space: $1 failed."
    fi
    reason=$(grep -m 1 -iE '^ *error' var/bootstrap.log || grep -v '^ *$' var/bootstrap.log | tail -n 1)
    refuse "$1 failed: $reason (see var/bootstrap.log)"
}

require_space() {
    free=$(df -Pm . | awk 'NR == 2 {print $4}')
    [ "$free" -ge "$1" ] || refuse "Not enough disk space: $free MB free in $(pwd), $1 MB needed."
}

fetch_uv() {
    if cmp -s requirements-bootstrap.txt .tools/requirements.txt; then
        return
    fi
    "$python" -m pip --version >/dev/null 2>&1 ||
        refuse "$python has no pip (on Debian and Ubuntu: apt install python3-pip)."
    rm -rf .tools
    quietly "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --target .tools -r requirements-bootstrap.txt || explain "Fetching the installer"
    cp requirements-bootstrap.txt .tools/requirements.txt
}

create_venv() {
    is_new_enough .venv/bin/python && return
    quietly $uv venv --clear --python "$python" .venv || explain "Creating .venv"
}

# Some networks are only trusted through the machine's own certificates, and some know only pip's settings.
install_libraries() {
    quietly $uv pip sync --python .venv --require-hashes "$1" && return
    grep -qiE 'certificate|fetch|connect' var/bootstrap.log || explain "Installing the libraries"
    quietly $uv pip sync --system-certs --python .venv --require-hashes "$1" && return
    quietly "$python" -m pip --python .venv install --quiet --retries 1 --disable-pip-version-check \
        --require-hashes -r "$1" || explain "Installing the libraries"
}

uv=".tools/bin/uv --no-config"
requirements=requirements.txt
# Whoever has the tools of a developer keeps them.
if [ "${1:-}" = dev ] || [ -f .venv/requirements-dev.txt ]; then
    requirements=requirements-dev.txt
fi
if is_new_enough .venv/bin/python && cmp -s "$requirements" ".venv/$requirements"; then
    exit 0
fi

python=$(find_python)
[ -n "$python" ] || exit 1
if [ "$requirements" = requirements.txt ]; then require_space 700; else require_space 1200; fi
echo "Installing SmartRec's libraries (once, and whenever they change)."
fetch_uv
create_venv
rm -f .venv/requirements*.txt
install_libraries "$requirements"
cp "$requirements" ".venv/$requirements"
