# Sourced by scripts/demo and scripts/test: makes .venv with the pinned packages, once, and leaves `bin` at its programs.
# PYTHON names the interpreter; without it, the first of python3 and its versioned names that is 3.10 to 3.13.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
environment=".venv"
bin="$environment/bin"
requirements="requirements/development.txt"

is_supported() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

version_of() {
    "$1" --version 2>/dev/null || echo "does not run"
}

fail() {
    printf '%s\n' "$*" >&2
    exit 2
}

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_supported "$PYTHON" || fail "PYTHON is not Python 3.10 to 3.13 - given $PYTHON ($(version_of "$PYTHON")) - name another one"
        printf '%s' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python3.10; do
        if is_supported "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "no Python 3.10 to 3.13 found - python3 is: $(version_of python3) - install one, or name it: PYTHON=/path/to/python3.12 $0"
}

# What is installed is described by these two files; a change of either installs again.
if [ -n "${PYTHON:-}" ] && [ -x "$bin/python" ]; then
    version='import sys; print(sys.version_info[:2])'
    if [ "$("$PYTHON" -c "$version")" != "$("$bin/python" -c "$version")" ]; then
        fail "$environment is of another Python than PYTHON - given $("$PYTHON" --version 2>&1), it has $("$bin/python" --version 2>&1) - remove $root/$environment"
    fi
fi
stamp="$environment/installed-from"
wanted="$(cat "$requirements" pyproject.toml | cksum) $root"
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    python="$(find_python)"
    if [ -x "$bin/python" ] && ! is_supported "$bin/python"; then
        fail "$environment is not of Python 3.10 to 3.13 - given $(version_of "$bin/python") - remove $root/$environment"
    fi
    if [ ! -x "$bin/python" ] || ! "$bin/python" -m pip --version >/dev/null 2>&1; then
        echo "making $environment with $("$python" --version)"
        "$python" -m venv "$environment" || fail "$python cannot make a virtual environment - on Debian and Ubuntu: apt install python3-venv"
    fi
    echo "installing the pinned packages (about 1 GB on disk)"
    pip=("$bin/python" -m pip --disable-pip-version-check --no-input install --quiet --no-deps)
    "${pip[@]}" --require-hashes -r "$requirements"
    # setuptools is one of the pinned packages, so nothing unpinned is fetched to build ours.
    "${pip[@]}" --no-build-isolation --editable .
    printf '%s' "$wanted" >"$stamp"
fi
