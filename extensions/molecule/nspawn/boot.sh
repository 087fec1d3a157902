#!/bin/sh
# boot.sh NAME ROOT [OPTION...]: runs a machine until it is powered off, through its reboots. The signal TERM powers it off.
name=$1
root=$2
shift 2
trap 'kill -TERM "$machine"' TERM
status=133
while [ "$status" -eq 133 ]; do # that is how --keep-unit asks for a reboot
    # These two make it work where systemd does not run the host. The host's network is shared.
    systemd-nspawn --register=no --keep-unit --quiet --directory="$root" --machine="$name" --boot "$@" &
    machine=$!
    wait "$machine"
    status=$?
    while kill -0 "$machine" 2>/dev/null; do # the signal has ended the wait
        wait "$machine"
        status=$?
    done
done
exit "$status"
