#!/usr/bin/env bash
# Brings the binary into a CI job. In the environment:
#
#   UNDERSTUDY_VERSION    a release, such as 1.2.3: it is fetched and held against its checksum. Empty: the understudy that the
#                         job already has, else one that is built from UNDERSTUDY_SOURCE, for which Go is needed
#   UNDERSTUDY_RELEASES   where releases are: https://github.com/OWNER/NAME/releases/download
#   UNDERSTUDY_SOURCE     folder with the sources
#   UNDERSTUDY_BIN        folder to put the binary into; made where it is not there
#
# The folder is added to the path of later steps where GITHUB_PATH names a file for that.
set -euo pipefail

fail() { echo "understudy: $*" >&2; exit 2; }

bin=${UNDERSTUDY_BIN:?names the folder for the binary}
version=${UNDERSTUDY_VERSION:-}

if [ -z "$version" ] && command -v understudy >/dev/null; then
  understudy version
  exit 0
fi
mkdir -p "$bin"
bin=$(cd "$bin" && pwd)

suffix=
case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  MINGW* | MSYS* | CYGWIN*) os=windows suffix=.exe ;;
  *) fail "there are no releases for $(uname -s); put understudy into the job's path instead" ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) fail "there are no releases for $(uname -m); put understudy into the job's path instead" ;;
esac

sum() { # of a file, whichever program there is
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

if [ -n "$version" ]; then
  version=${version#v}
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "a version looks like 1.2.3, and not like what was given"
  from=${UNDERSTUDY_RELEASES:?names where releases are}/v$version
  archive=understudy_${version}_${os}_${arch}.tar.gz
  [ "$os" = windows ] && archive=understudy_${version}_${os}_${arch}.zip
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for file in "$archive" checksums.txt; do
    curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$work/$file" -- "$from/$file" || fail "$from/$file cannot be fetched"
  done
  wanted=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/checksums.txt")
  [ -n "$wanted" ] || fail "checksums.txt does not name $archive"
  [ "$wanted" = "$(sum "$work/$archive")" ] || fail "$archive is not what its checksum says; nothing was installed"
  if [ "$os" = windows ]; then
    unzip -q -o "$work/$archive" "understudy$suffix" -d "$bin"
  else
    tar -xzf "$work/$archive" -C "$bin" understudy
  fi
else
  source=${UNDERSTUDY_SOURCE:-}
  [ -n "$source" ] && [ -f "$source/go.mod" ] || fail "there is no understudy in the path, no version was given and there are no sources"
  command -v go >/dev/null || fail "there is no understudy in the path and no Go to build it with: give a version, or run actions/setup-go before"
  (cd "$source" && CGO_ENABLED=0 go build -trimpath -o "$bin/understudy$suffix" ./cmd/understudy) || fail "it cannot be built"
fi

"$bin/understudy$suffix" version
if [ -n "${GITHUB_PATH:-}" ]; then echo "$bin" >>"$GITHUB_PATH"; fi
