#!/bin/sh
# check-release.sh TAG OWNER/NAME: refuses a release whose tag, versions, changelog and repository do not belong together.
set -eu
cd "$(dirname "$0")/.."
tag=$1
repository=$2
problems=0

problem() {
    echo "release $tag: $*" >&2
    problems=$((problems + 1))
}

field() { node -p "const value = require('./$1').$2; value?.url ?? value ?? ''"; }

for file in package.json examples/policy-pack/package.json schema.json; do
    version=$(field "$file" version)
    [ "v$version" = "$tag" ] || problem "$file has version $version; expected ${tag#v}"
done
grep -q "^## ${tag#v}\$" CHANGELOG.md || problem "CHANGELOG.md has no section '## ${tag#v}'; write it"
[ -f "tests/engine/upgrade/states/${tag#v}/state.json" ] ||
    problem "no recorded state of ${tag#v}; run: npm run upgrade:record"
case $(field package.json repository) in
    *github.com/"$repository" | *github.com/"$repository".git) ;;
    *) problem "package.json's repository is '$(field package.json repository)'; expected https://github.com/$repository, or npm refuses the provenance" ;;
esac
[ "$problems" -eq 0 ]
