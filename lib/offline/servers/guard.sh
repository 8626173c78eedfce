#!/bin/sh
# Runs a server for as long as standard input stays open, and prints its process id.
#   guard.sh 'INT:10 QUIT:5 KILL:1' server.log command argument...
# The pipe closes however the parent ends, SIGKILL included; then the server gets the signals in turn, each
# with its seconds to work. A shell, not node: it weighs 1 MB, and outlives a `killall -9 node`.
steps=$1
log=$2
shift 2

# The server and its children hold our output open, so that the parent sees it close when the last is gone.
exec 3<&0
"$@" </dev/null 3<&- 4>&1 >>"$log" 2>&1 &
server=$!

{
  read -r _ <&3
  trap '' TERM
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
# While it waits for the pipe to close it dies of this. Once it stops the server it sees for itself that there is
# nothing left to do, and would leave its sleep behind.
kill -s TERM "$watcher" 2>/dev/null
wait "$watcher"
exit "$code"
