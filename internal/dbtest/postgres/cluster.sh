# A throw-away cluster in the folder where this runs, for as long as somebody has the other end of standard input open.
#
#   sh -c "$(cat cluster.sh)" NAME BINDIR
#
# Says "ready" when connections are taken; what it says before is why that did not happen.
set -eu
exec 2>&1
bin=$1
folder=$PWD

end() {
	# Immediate: nobody will read again what a slower way would save. Should it fail, the folder goes all the same: a
	# server that misses its files stops by itself within a minute.
	[ ! -e postmaster.pid ] || "$bin/pg_ctl" stop --pgdata=. --mode=immediate --wait --silent || :
	cd /
	rm -rf "$folder"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
# Nobody reads what this says any more if the tests were killed meanwhile: no reason to go before the server.
trap '' PIPE

# The server syncs what it writes; the empty cluster that it starts from is not worth it.
"$bin/initdb" --pgdata=. --no-sync --auth=trust --username=postgres --encoding=UTF8 --locale=C

# The folder of the socket is meant from here: its full path would have to be quoted for several readers.
options="-c listen_addresses='' -c port=5432 -c unix_socket_directories=. -c max_connections=300"
options="$options -c fsync=on -c full_page_writes=on -c synchronous_commit=on"
"$bin/pg_ctl" start --pgdata=. --log=server.log --wait --timeout=120 --silent --options="$options" || {
	cat server.log
	exit 1
}

echo ready || :
read -r _ || :
