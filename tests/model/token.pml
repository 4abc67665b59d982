/* One order file, one folder: daemons that crash or pause anywhere, power cuts, a treasury.
 *
 * V  1 temporary file and rename, 2 the token, 3 the token and the boot number, 4 what lib/spool and
 *    lib/app do: after a restart of the machine whatever may have been taken is hidden and held
 *    before the treasury is let in (lib/app/boot.c)
 * N daemons, CRASHES and CUTS at most; LAZY: what the treasury removes need not be on disk.
 * A pause is an interleaving; a crash loses the daemon's memory, a cut also what was not synced. */
#define NO 255
#define POINT if :: crashes < CRASHES -> crashes++; goto start :: skip fi

byte lease, leases, boot, crashes, taken, pubboot = NO; /* lease, pubboot, written, held: PostgreSQL */
bool written, held, tmp[8], synced = true;              /* tmp[l]: the name written under lease l */
byte out = NO, arch = NO;                               /* outbox/NAME, archive/NAME: whose inode */
byte gone = NO;                                         /* removed by the treasury, not on disk yet */
bool door = (V < 4);                                    /* the state folder is open */

proctype daemon()
{
  byte my, mb, i;
start:
  atomic { leases < 6 -> leases++; lease = leases; my = lease; mb = boot }
  {
#if V == 4
    atomic { /* boot_step(): blocked in one transaction, hidden, and only then is the door opened */
      if :: lease != my -> goto start :: else fi;
      if
      :: !held && pubboot != NO && pubboot != boot && arch != NO && (out != NO || tmp[arch]) ->
           held = true; out = NO
      :: else
      fi;
      door = true
    };
#endif
    if :: written || held -> goto end :: else fi; POINT;
#if V == 1
    if :: out != NO -> goto mark :: else fi;
    tmp[0] = false; POINT; tmp[0] = true; POINT;
    atomic { if :: tmp[0] && out == NO -> out = my; tmp[0] = false; synced = false :: else -> goto start fi };
#else
    if
    :: arch == NO -> tmp[my] = true; POINT; /* spool_fence(): written, synced, then link() or EEXIST */
         atomic { if :: arch == NO -> arch = my :: else -> tmp[my] = false; goto start fi }; POINT
    :: else
    fi;
    i = arch;
#if V >= 3
    atomic { /* store_order_file_booted(), by the leader only */
      if
      :: lease != my || written || held -> goto start
      :: else ->
           if
           :: V == 3 && pubboot != NO && pubboot != boot && tmp[i] -> held = true; goto end
           :: else -> pubboot = boot
           fi
      fi
    }; POINT;
#endif
    atomic { if :: tmp[i] -> tmp[i] = false; out = i; synced = false :: else fi }; /* spool_publish(): renameat2(), or ENOENT */
#endif
    POINT; atomic { synced = true; gone = NO }; POINT; /* fsync of the outbox */
mark:
    atomic { if :: lease == my -> written = true :: else fi }
  } unless { boot != mb -> goto start };
end:
  skip
}

proctype treasury()
{
  do
  :: atomic { door && out != NO ->
#ifdef LAZY
       gone = out;
#endif
       out = NO; taken++; assert(taken <= 1) }
  od
}

proctype cut()
{
  atomic {
    if
    :: !synced -> tmp[(V > 1 -> arch : 0)] = true; out = NO
    :: else -> if :: gone != NO -> out = gone :: true fi
    fi;
    gone = NO; synced = true; boot++; door = (V < 4)
  }
}

init
{
  byte k;
  atomic {
    run treasury();
    do :: k < N -> run daemon(); k++ :: else -> break od;
    k = 0;
    do :: k < CUTS -> run cut(); k++ :: else -> break od
  }
}

ltl lost { [] (written -> (taken > 0 || out != NO || held)) }
