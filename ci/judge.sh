#!/usr/bin/env bash
# Judges a deployment in a step of a CI job. All it is told stands in the environment, so that no text of others is ever part
# of a script. Lists have one entry a line. What it leaves out, the command has defaults for.
#
#   UNDERSTUDY_COMMAND      check (default): generated checks of UNDERSTUDY_CONTRACT; run: the workflows of UNDERSTUDY_SUITES
#   UNDERSTUDY_CONTRACT     name, file, folder or URL
#   UNDERSTUDY_SUITES       list of files, folders or names
#   UNDERSTUDY_TARGET       list of base URLs, or NAME=URL
#   UNDERSTUDY_BASELINE     file of known findings
#   UNDERSTUDY_CREDENTIALS  file with the actors and their credentials
#   UNDERSTUDY_OVERLAYS     list of overlays
#   UNDERSTUDY_REQUIRE      list of coverages: operations=100
#   UNDERSTUDY_REPORTS      formats, with commas or blanks between (default: junit sarif markdown json html)
#   UNDERSTUDY_FOLDER       for the reports (default: understudy-reports)
#   UNDERSTUDY_ARGS         list of further flags, one a line: --safe
#   UNDERSTUDY_SUMMARY      false: no step summary
#
# The exit status is the command's: 0 clean, 1 findings, 2 could not run. Where GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name
# files, the paths of the reports go to the one and the Markdown report to the other, whatever the status.
set -uo pipefail # without -e: the status of the command is what this is about. Nothing here needs more than the bash of macOS, 3.2.

fail() { echo "understudy: $*" >&2; exit 2; }

folder=${UNDERSTUDY_FOLDER:-understudy-reports}
case $folder in
  *$'\n'* | *$'\r'* | -*) fail "the folder for the reports has a name that cannot be" ;;
esac
mkdir -p -- "$folder" || fail "the folder for the reports cannot be made"

flags=()
each() { # FLAG LIST: adds FLAG=LINE for each line
  local line
  while IFS= read -r line; do
    line=${line%$'\r'}
    [ -z "$line" ] || flags+=("$1=$line")
  done <<<"$2"
}
one() { [ -z "$2" ] || flags+=("$1=$2"); }

extension() {
  case $1 in
    junit) echo junit.xml ;;
    sarif) echo sarif ;;
    markdown) echo md ;;
    json) echo json ;;
    html) echo html ;;
    ctrf) echo ctrf.json ;;
    har) echo har ;;
    text) echo txt ;;
    *) return 1 ;;
  esac
}

command=${UNDERSTUDY_COMMAND:-check}
subjects=()
case $command in
  check)
    [ -n "${UNDERSTUDY_CONTRACT:-}" ] || fail "check wants a contract: a file, a folder, a URL or the name of a built-in one"
    subjects=("$UNDERSTUDY_CONTRACT")
    ;;
  run)
    while IFS= read -r line; do
      line=${line%$'\r'}
      [ -z "$line" ] || subjects+=("$line")
    done <<<"${UNDERSTUDY_SUITES:-}"
    ((${#subjects[@]})) || fail "run wants suites: files, folders or names, one a line"
    ;;
  *) fail "the command is check or run" ;;
esac

formats=${UNDERSTUDY_REPORTS:-junit sarif markdown json html}
formats=${formats//,/ }
formats=${formats//$'\n'/ }
wants=()
read -ra wants <<<"$formats"
summary=
if [ "${UNDERSTUDY_SUMMARY:-true}" = true ]; then summary=${GITHUB_STEP_SUMMARY:-}; fi
if [ -n "$summary" ]; then wants+=(markdown); fi
written=" "
for format in ${wants[@]+"${wants[@]}"}; do
  suffix=$(extension "$format") || fail "there is no format that is called so; there are junit, sarif, markdown, json, html, ctrf, har and text"
  case $written in *" $format "*) continue ;; esac
  written="$written$format "
  rm -f -- "$folder/$command.$suffix" # of an earlier step, so that it is not taken for this one's
  flags+=("--report=$format=$folder/$command.$suffix")
done

each --target "${UNDERSTUDY_TARGET:-}"
each --overlay "${UNDERSTUDY_OVERLAYS:-}"
each --require "${UNDERSTUDY_REQUIRE:-}"
one --baseline "${UNDERSTUDY_BASELINE:-}"
one --credentials "${UNDERSTUDY_CREDENTIALS:-}"
while IFS= read -r line; do
  line=${line%$'\r'}
  case $line in
    '') ;;
    -?*) flags+=("$line") ;;
    *) fail "a further flag begins with a hyphen, and its value stands behind =: --jobs=2" ;;
  esac
done <<<"${UNDERSTUDY_ARGS:-}"

understudy "$command" ${flags[@]+"${flags[@]}"} -- "${subjects[@]}"
status=$?
# Another status is that of a shell which could not start the command, or of a signal.
case $status in 0 | 1 | 2) ;; *) status=2 ;; esac

output() { # NAME VALUE; the value has one line
  [ -z "${GITHUB_OUTPUT:-}" ] || printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}
output exit-status "$status"
output folder "$folder"
for format in $written; do
  file=$folder/$command.$(extension "$format")
  if [ -s "$file" ]; then output "$format" "$file"; fi
done

if [ -n "$summary" ]; then
  report=$folder/$command.md
  if [ ! -s "$report" ]; then
    printf '**understudy %s could not run.** The log of the step says why.\n' "$command" >>"$summary"
  elif [ "$(wc -c <"$report")" -gt 1000000 ]; then # a summary of more than a mebibyte is refused as a whole
    head -c 1000000 "$report" | sed '$d' >>"$summary"
    printf '\n… the rest stands in the report.\n' >>"$summary"
  else
    cat "$report" >>"$summary"
  fi
fi
exit "$status"
