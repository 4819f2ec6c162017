#!/usr/bin/env bash
# Start a real Slurm of one node and run a command in it; Slurm ends with the command.
#   unshare -n -p -f --kill-child --mount-proc tests/cluster/with_slurm.sh COMMAND ...
# Needs root, slurm-wlm and munge. In its own network and process namespaces nothing
# listens outside, and no daemon outlives it. There is no accounting, as at many sites.
set -euo pipefail

state=$(mktemp -d)
host=$(hostname)
ip link set lo up
# Slurm takes no addresses of loopback alone (AI_ADDRCONFIG).
ip link add v0 type veth peer name v1
ip address add 10.250.0.1/24 dev v0
ip link set v0 up
ip link set v1 up

mkdir -p "$state"/{ctld,d}
dd if=/dev/urandom of="$state/munge.key" bs=128 count=1 status=none
chmod 600 "$state/munge.key"
cat > "$state/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(10.250.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$state/munge.sock
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
JobRequeue=1
ReturnToService=2
KillWait=20
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/d
SlurmctldPidFile=$state/ctld.pid
SlurmdPidFile=$state/d.pid
SlurmctldLogFile=$state/ctld.log
SlurmdLogFile=$state/d.log
NodeName=$host NodeAddr=10.250.0.1 CPUs=8 State=UNKNOWN
PartitionName=short Nodes=$host Default=YES MaxTime=UNLIMITED State=UP
CONF
export SLURM_CONF=$state/slurm.conf

munged --foreground --force --key-file="$state/munge.key" --socket="$state/munge.sock" \
    --pid-file="$state/munge.pid" --log-file="$state/munge.log" \
    --seed-file="$state/munge.seed" > "$state/munged.out" 2>&1 &
slurmctld -D > "$state/ctld.out" 2>&1 &
slurmd -D > "$state/d.out" 2>&1 &
for _ in $(seq 100); do
    [[ $(sinfo --noheader --format=%t 2> /dev/null || true) == idle ]] && break
    sleep 0.2
done
if [[ $(sinfo --noheader --format=%t) != idle ]]; then
    tail "$state"/*.log "$state"/*.out >&2
    exit 1
fi
status=0
"$@" || status=$?
rm -rf "$state"
exit "$status"
