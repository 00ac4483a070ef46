/**
 * What each program of /bin and /sbin says of itself by `--help` (csu/help.ts reads it): a line
 * `@ name ...`, then how it is called and what it does. Lines have at most 100 characters, names at most 31.
 */
export const HELP = `@ cat
usage: cat [-benstuv] [-] [file ...]
Copies files, or standard input, to standard output.
  -b numbers lines that are not blank, -n all; -s makes one of several blank lines
  -v shows what cannot be seen; -e the same with $ at the ends of lines, -t with ^I for tabs; -u no buffer
@ chmod
usage: chmod [-fv] [-R [-H | -L | -P]] mode file ...
Changes the modes of files: an octal number, or changes such as u+x.
  -R with all that lies below; -f no word about failures; -v names each file that was changed
@ churn
usage: churn [rate [seconds [lifetime-ms]]]
Load: starts so many processes a second, each of which executes sleep(1) for its lifetime, as cron jobs
come and go. Without seconds for ever. Rate (10) and seconds are above 0, lifetime (500) is from 0 on.
@ cmp
usage: cmp [-l | -s] file1 file2 [skip1 [skip2]]
Compares two files byte by byte. Status 0 if they are alike, 1 if not.
  -l shows every byte that differs; -s says nothing; skip1 and skip2 are bytes to begin at
@ cp
usage: cp [-R [-H | -L | -P]] [-f | -i] [-pv] src target
       cp [-R [-H | -L | -P]] [-f | -i] [-pv] src1 ... srcN directory
Copies files.
  -R directories with all that lies below; -f takes away what is in the way; -i asks; -p keeps modes; -v tells
@ cut
usage: cut -b list [-n] [file ...]
       cut -c list [file ...]
       cut -f list [-s] [-d delim] [file ...]
Prints parts of each line: bytes, characters, or fields with a delimiter (a tab) between.
  -s leaves lines without a delimiter out
@ date
usage: date [-u] [+format]
Shows date and time of the machine, which begin with the build of its kernel; all of it is UTC.
@ dd
usage: dd [operand ...]
Copies blocks from if= to of= (standard input, standard output).
  bs= size of both blocks, ibs= obs= of one (512); cbs= of records; sizes may end in b, k, m, g, w
  count= input blocks to copy; skip= (iseek=) and seek= (oseek=) blocks to pass over first
  conv= of block unblock lcase ucase swab noerror notrunc osync sync, with commas between
  status=none leaves the numbers at the end out, status=noxfer those of the time
@ dmesg
usage: dmesg
Shows what the kernel has said.
@ echo
usage: echo [-n] [string ...]
Writes its arguments, with blanks between; -n without a newline at the end.
@ env
usage: env [-i] [name=value ...] [utility [argument ...]]
Runs a program with a changed environment, or shows the environment; -i begins with an empty one.
@ expr
usage: expr expression
Evaluates | & = > >= < <= != + - * / % : and parentheses, each a word of its own. Status 1 for 0 or nothing.
@ false
usage: false
Does nothing, with status 1.
@ grep
usage: grep [-EFHLchilnoqrsvwx] [-m num] [-e pattern] [-f file] [pattern] [file ...]
Prints lines that match a basic regular expression. Status 0 if there was one, 1 if not.
  -E extended expressions, -F plain strings; -i no difference of case; -v what does not match; -w words, -x lines
  -c counts, -l names of files, -L of those without, -n numbers, -o only what matches, -h -H with and without names
  -m num ends after so many; -q says nothing; -s nothing of files that cannot be read; -r directories, too
@ halt reboot
usage: halt [-dlnpq]
       reboot [-dlnpq]
Stops the system at once.
  -n writes nothing back first; -d makes a crash dump; -p switches the power off; -q asks nobody to end; -l no log
@ head
usage: head [-n lines | -c bytes] [file ...]
Prints the first lines (10) or bytes of files.
@ hog
usage: hog seq|rand|loop|fork|burst size [seconds]
Load: uses so much memory for that time (10 s), by a pattern: seq once from end to end, rand at random, loop
again and again, fork with children that write copies, burst now and then. Status 1 if a byte was wrong.
  size up to 3g, in bytes or with b, k, m, g; seconds above 0
@ hostname
usage: hostname [-s] [name-of-host]
Prints the name of the system (-s up to the first dot), or sets it.
@ id
usage: id [-n] [-gGu]
Shows who the user is: -u user, -g group, -G groups; -n as names.
@ init
usage: init
The first process: runs the command of the machine or a shell, collects orphans, halts. Nobody else runs it.
@ jot
usage: jot [-n] [-b word] [-w word] [-s string] [-p precision] [reps [begin [end [s]]]]
Prints numbers in order.
  -b the same word each time, -w a format; -s what stands between; -n no newline at the end; -p decimals
@ kill
usage: kill [-s signal_name] pid ...
       kill -l [exit_status]
       kill -signal_name pid ...
Sends a signal (term) to processes; -l lists the signals.
@ ls
usage: ls [-1ACFRSTadfiklnpqrstx] [file ...]
Lists files and directories.
  -l all about them, -n with numbers of users; -a with names that begin with a dot, -A without . and ..
  -d directories themselves; -R with all below; -F -p marks by kind; -i numbers; -s -k sizes
  -1 one a line, -C -x columns; -S -t by size, by time, -r backwards, -f as they come; -T whole times; -q no odd signs
@ memcheck
usage: memcheck [-r] size [seed]
Load: fills so many bytes with a pattern of address and seed, reads them back, compares every byte.
  -r reads a second time, in an order that jumps about. Status 1 if a byte was wrong.
  size up to 3g, in bytes or with b, k, m, g; seed: a whole number (1)
@ mkdir
usage: mkdir [-pv] [-m mode] directory ...
Makes directories; -p with those above them; -v names them.
@ mknod
usage: mknod name [b | c] major minor
Makes the file of a block or character device.
@ mv
usage: mv [-f | -i] [-v] source target
       mv [-f | -i] [-v] source ... directory
Moves files. -i asks before it overwrites one, -f never; -v tells.
@ nice
usage: nice [-n incr] utility [argument ...]
Runs a program with another priority: 10 lower, or incr.
@ pool
usage: pool [count [lifetime-ms [pages]]]
Load: a server with so many idle workers that replaces them all when they have lived that long.
  count (16) and pages (16) from 1 on, lifetime (3000) above 0
@ printenv
usage: printenv [name]
Shows the environment, or one variable of it.
@ printf
usage: printf format [arg ...]
Writes arguments by a format, as printf(3) does without floating point.
@ procstat
usage: procstat [-h] -v pid ...
Shows the address space of processes, a line an entry; -h without the headings.
  PRT what may be done; RES pages that are mapped; PRES pages of the object, where nobody else refers to it
  REF SHD the object's references and shadows; FLAG C copy-on-write, N wants a copy, D grows down, W wired
  TP what backs it: df zeros, sw swap, vn a file, dv a device, ph wired memory, dd an object at its end, -- none
@ ps
usage: ps [-acjlmruvwx] [-O fmt] [-o fmt] [-p pid] [-U user]
       ps -L
Shows processes: one's own on this terminal, -a those of all, -x those without a terminal, too.
  -l -u -v -j other columns, -o one's own list, -O with those besides (-L lists the names; minflt and majflt are faults)
  -m by memory, -r by processor; -c names only, -w wide; -p one process, -U of a user
@ pstat swapinfo
usage: pstat [-ks]
       swapinfo [-k]
Shows the swap devices and how much of them is used, in blocks or, with -k, kilobytes.
@ pwd
usage: pwd
Prints the working directory.
@ renice
usage: renice priority [[-p] pid ...] [[-g] pgrp ...] [[-u] user ...]
Changes the priority of running processes, of process groups, of users' processes.
@ respawn
usage: respawn [count [seconds]]
Load: supervisors that run sleep(1) for so long by vfork and execve, collect it, and run it again.
  count (8) from 1 on, seconds (3) from 0 on
@ rm
usage: rm [-f | -i] [-dRrv] file ...
Removes files; -d empty directories, -r or -R with all below; -i asks, -f never; -v names them.
@ rmdir
usage: rmdir [-p] directory ...
Removes empty directories; -p with those above.
@ savecore
usage: savecore -c
       savecore [-fkv] directory
Saves the dump of the kernel that died here before, from the disk into a directory.
  -c takes the dump away; -f saves one that has been saved before; -k leaves it on the disk as it is; -v tells more
@ seq
usage: seq [first [incr]] last
Prints numbers, one a line.
@ sh
usage: sh [-abCEefIimnpsTuVvx] [-c string | file [arg ...]]
The shell. -c runs a string; -e ends at the first failure, -x shows each command, -v each line, -n runs nothing.
@ sleep
usage: sleep seconds
Waits; seconds may have a fraction.
@ sleepers
usage: sleepers [count [pages]]
Load: idle processes that touched some memory once: something to swap out. Waits for them.
  count (8) and pages (16) from 1 on
@ sort
usage: sort [-bcdfimnrsu] [-k field1[,field2]] [-o output] [-t char] [file ...]
Sorts lines; -m merges sorted files, -c only checks, -u leaves doubles out.
  -n by number, -f without case, -d -i only some signs, -b without blanks in front, -r backwards, -s stable
  -k by fields, which -t separates; -o to a file
@ stress
usage: stress load [steps [seed]]
Load of a kind that breaks kernels; every byte that can be is compared. Steps and seed from 1 on.
  rewrite files calls rawio sharers brim wire mapfile storm signals remote races leaks wakes
@ swapon
usage: swapon special_file ...
Lets the system swap to devices.
@ sync
usage: sync
Writes back what is dirty.
@ sysctl
usage: sysctl [-beNnox] variable[=value] ...
       sysctl [-beNnox] -a
Shows or sets variables of the kernel, or whole branches; -a all.
  -n values only, -N names only, -e with = between; -b as bytes; -o -x those without a form, in hexadecimal
@ tail
usage: tail [-f | -r] [-b # | -c # | -n #] [file ...]
Prints the last lines (10), bytes (-c) or blocks (-b), with + from there on; -r backwards; -f waits for more.
@ tee
usage: tee [-ai] [file ...]
Copies standard input to standard output and to files; -a to their ends; -i not ended by SIGINT.
@ test [
usage: test expression
       [ expression ]
Status 0 if the expression is true, 1 if not: -e -f -d -s -r -w -x ... of files, = != of strings, -n -z,
-eq -ne -lt -le -gt -ge of numbers, ! -a -o and parentheses.
@ threads
usage: threads [processes [steps [pages]]]
Load: processes that share one address space, each of which maps, fills, verifies and unmaps pages of its own.
Status 1 if a byte was wrong.
  processes (4), steps (50) and pages (128) from 1 on
@ time
usage: time [-lp] command
Runs a command and tells how long it took; -l with all that the kernel counts of it, faults too; -p as POSIX has it.
@ top
usage: top [-bS] [-s time] [number]
Shows the processes that use the processor most: on a terminal again and again, until q.
  -b once; -S with those of the system; -s seconds between, from 1 on; number of lines
@ torment
usage: torment [seed [steps [pages [squeeze]]]]
Load: so many random operations on memory, with forks, pipes and files; every byte is compared with a model.
Status 1 if one was wrong.
  steps (100) and squeeze (2000, pages written at once) from 1 on; pages (512) more than 88
@ touch
usage: touch [-c] file ...
Sets the times of files to now; makes them if they are not there, but with -c.
@ tr
usage: tr [-csu] string1 string2
       tr [-cu] -d string1
       tr [-cu] -s string1
       tr [-cu] -ds string1 string2
Changes characters of one set into those of another; -d deletes, -s makes one of several; -c all others.
@ true
usage: true
Does nothing, with status 0.
@ uname
usage: uname [-amnrsv]
Shows name of the system (-s), of the node (-n), release (-r), version (-v), machine (-m); -a all.
@ uptime
usage: uptime
Shows since when the system has been up, and how busy it is.
@ vmstat
usage: vmstat [-smz] [-c count] [-w wait] [wait [count]]
Shows what the vm system does, every wait seconds, count times; both from 1 on.
  -s all counters; -m kernel memory by type; -z by zone
@ wc
usage: wc [-clmw] [file ...]
Counts lines (-l), words (-w) and bytes (-c, -m).
@ yes
usage: yes [string]
Writes y, or the string, again and again.
`;
