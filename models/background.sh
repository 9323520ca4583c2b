#!/usr/bin/env bash
# Trains the reader in the background at idle priority.   background.sh start|stop|pause|resume|status
#   READING_STATE     folder for checkpoints, logs, prepared data   (default: reading-state beside the checkout)
#   READING_DATA      folder with prose-*.jsonl.xz, questions.jsonl.xz   (default: reading-data beside the checkout)
#   READING_PRIORITY  idle (default: only when nothing else wants the processor) or low (nice 15)
#   PYTHON            the interpreter (default: one that the first start makes in READING_STATE with requirements.txt)
#   THREADS           processes of one thread each (default 2)
#   TRAIN_ARGS        more options for train.py
set -u
. "$(dirname "${BASH_SOURCE[0]}")/paths.sh"
PID="$STATE/train.pid"

mine() { # is the pid in the file a train.py of this state folder?
  [ -s "$PID" ] || return 1
  local p words
  p=$(cat "$PID")
  [ -r "/proc/$p/cmdline" ] || return 1
  words=$(tr '\0' '\n' < "/proc/$p/cmdline")
  grep -q 'train\.py$' <<< "$words" && grep -qxF -- "$STATE/train" <<< "$words"
}

state() { sed 's/.*) //; s/ .*//' "/proc/$(cat "$PID")/stat"; }

start() {
  if mine; then
    if [ "$(state)" = T ]; then
      kill -CONT "$(cat "$PID")"
      echo "resumed $(cat "$PID")"
    else
      echo "already running: $(cat "$PID")"
    fi
    return 0
  fi
  mkdir -p "$STATE"
  local quiet="nice -n 19" group=19
  chrt -i 0 true 2> /dev/null && quiet="chrt -i 0 nice -n 19"
  [ "${READING_PRIORITY:-idle}" = low ] && quiet="nice -n 15" group=0
  export OMP_NUM_THREADS=$THREADS RAYON_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false PYTHONUNBUFFERED=1
  export TORCHINDUCTOR_COMPILE_THREADS=1
  # The optimiser's threads spin while they wait for each other, but not long: for ever costs two thirds of the speed on a busy
  # machine.
  export GOMP_SPINCOUNT=20000
  export KIT STATE DATA PY THREADS TRAIN_ARGS=${TRAIN_ARGS:-}
  QUIET=$quiet GROUP=$group setsid -f bash "$KIT/prepare_and_train.sh" >> "$STATE/train.out" 2>&1 < /dev/null
  for _ in $(seq 25); do
    sleep 1
    kill -0 "$(cat "$PID" 2> /dev/null)" 2> /dev/null && break
  done
  if ! kill -0 "$(cat "$PID" 2> /dev/null)" 2> /dev/null; then
    echo "not started; see $STATE/train.out"
    return 1
  fi
  echo "started $(cat "$PID") ($quiet); log: $STATE/train.out"
}

stop() {
  local p
  p=$(cat "$PID" 2> /dev/null)
  if ! mine; then
    if [ -n "$p" ] && grep -qz 'prepare_and_train\.sh$' "/proc/$p/cmdline" 2> /dev/null; then
      pkill -TERM -P "$p"
      kill -TERM "$p" && echo "stopped the preparation"
    else
      echo "not running"
    fi
    rm -f "$PID"
    return 0
  fi
  kill -CONT "$p"
  kill -TERM "$p"
  for _ in $(seq 600); do
    mine || break
    sleep 1
  done
  if mine; then
    echo "still running after ten minutes: $p"
    return 1
  fi
  rm -f "$PID"
  echo "stopped and saved"
}

pause() { # on a busy machine a signal takes a moment to stop all threads
  if ! mine; then
    echo "not running"
    return 0
  fi
  kill -STOP "$(cat "$PID")"
  for _ in $(seq 300); do
    if [ "$(state)" = T ]; then
      echo paused
      return 0
    fi
    sleep 0.1
  done
  echo "told to pause, and not stopped after thirty seconds"
  return 1
}

status() {
  if mine; then
    local p now=running
    p=$(cat "$PID")
    [ "$(state)" = T ] && now=paused
    echo "$now, pid $p, priority: $(chrt -p "$p" 2> /dev/null | head -1 | sed 's/.*: //'), nice $(ps -o ni= -p "$p" | tr -d ' ')"
  else
    echo "not running"
  fi
  "$PY" "$KIT/show_log.py" "$STATE/train/log.jsonl"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  pause) pause ;;
  resume) if mine; then kill -CONT "$(cat "$PID")" && echo resumed; else start; fi ;;
  status) status ;;
  *) echo "usage: background.sh start|stop|pause|resume|status"; exit 2 ;;
esac
