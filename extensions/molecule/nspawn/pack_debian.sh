#!/bin/sh
# pack_debian.sh ARCHIVE RELEASE PACKAGES: packs the root file system of a minimal Debian, from the mirror that this host itself uses.
set -eu
archive=$1
release=$2
packages=$3
work=$(mktemp -d "$archive.XXXXXX")
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' "Codename: $release" 'Component: main' 2>/dev/null | head -n 1)
debootstrap --variant=minbase --include="$packages" "$release" "$work/root" ${mirror:+"$mirror"}
rm -f "$work/root"/var/cache/apt/archives/*.deb
tar --create --numeric-owner --xattrs --file "$work/root.tar" --directory "$work/root" .
mv "$work/root.tar" "$archive"
