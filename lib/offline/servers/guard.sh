#!/bin/sh
# Runs a server while standard input is open, and prints its process id.
#   guard.sh 'INT:10 QUIT:5 KILL:1' server.log command argument...
# The pipe closes however the parent ends, SIGKILL included. Then the server gets the signals in turn; each has that
# many seconds to take effect. A shell instead of node: it takes 1 MB and survives `killall -9 node`.
steps=$1
log=$2
shift 2

# The server and its children keep this output open, so the parent sees it close when the last of them has ended.
exec 3<&0

children() {
  cat "/proc/$server/task/$server/children" || ps -A -o ppid= -o pid= | awk -v parent="$server" '$1 == parent { print $2 }'
}

"$@" </dev/null 3<&- 4>&1 >>"$log" 2>&1 &
server=$!

{
  read -r _ <&3
  trap '' TERM
  # A process that was stopped (SIGSTOP) does not shut down, and its stopped children would outlive it.
  kill -s CONT "$server" $(children)
  for step in $steps; do
    kill -s "${step%:*}" "$server" || break
    tenths=$((${step#*:} * 10))
    while [ "$tenths" -gt 0 ] && kill -s 0 "$server"; do
      sleep 0.1
      tenths=$((tenths - 1))
    done
  done
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-

echo "$server"
wait "$server"
code=$?
# Ends the watcher while it waits for the pipe. Once it is stopping the server it ignores TERM, because it would leave
# its sleep behind; it notices by itself that the server has ended.
kill -s TERM "$watcher" 2>/dev/null
wait "$watcher"
exit "$code"
