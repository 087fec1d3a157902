#!/bin/sh
# download_wheels.sh PYTHON DIRECTORY REQUIREMENTS: puts the packages for the machines' Python 3.11 into DIRECTORY, with this host's configuration of pip.
set -eu
python=$1
directory=$2
requirements=$3
wanted=$(cd "$requirements" && cat constraints.txt controller.txt embedded.txt gateway.txt chroma.txt | sha256sum)
if [ "$(cat "$directory/wanted" 2>/dev/null)" = "$wanted" ]; then exit; fi
machine=$(uname -m)
set -- --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none --platform "manylinux1_$machine" --platform "manylinux2010_$machine"
set -- "$@" --platform "manylinux2014_$machine"
for glibc in $(seq 5 36); do set -- "$@" --platform "manylinux_2_${glibc}_$machine"; done
download() {
    "$python" -m pip download --disable-pip-version-check --no-input --progress-bar=off --only-binary=:all: --dest "$directory" --find-links "$directory" "$@"
}
torch=$(grep '^torch==' "$requirements/embedded.txt" | grep '== "Linux"' | cut -d ' ' -f 1)
# What is there already comes first, and then where pip looks by itself, so that a mirror or a directory of wheels is enough.
download "$@" --no-deps --no-index "$torch" || download "$@" --no-deps "$torch" ||
    download "$@" --no-deps --extra-index-url https://download.pytorch.org/whl/cpu "$torch"
for use in embedded gateway chroma; do # each has an environment of its own
    download "$@" -c "$requirements/constraints.txt" --no-index -r "$requirements/controller.txt" -r "$requirements/$use.txt" ||
        download "$@" -c "$requirements/constraints.txt" -r "$requirements/controller.txt" -r "$requirements/$use.txt"
done
echo "$wanted" >"$directory/wanted"
