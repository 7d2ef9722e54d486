// Package storage is the contract between the portal and whatever keeps its rows. Implement [Store], run
// storagetest.Run, and a third store is right.
//
// A transaction reads, decides, then writes once: [Store.Update] runs a function that reads through a [Reader] and
// returns a [Batch], and applies the batch all or nothing. Nothing is read after the batch. No rule of the portal
// lives in a store.
//
// # The contract
//
//  1. Update runs fn exactly once, in the caller's goroutine. It does not run it if the context has ended by then. fn's
//     error comes back so that errors.Is finds it, and nothing was written. A panic of fn, or a runtime.Goexit, writes
//     nothing, releases everything and goes on.
//  2. nil from Update means: the whole batch is committed and every later read sees it. [ErrConflict] and [ErrExists]
//     mean: nothing was committed. [ErrUncertain] means: the batch is committed as a whole or not at all, and the store
//     cannot tell. Any other error means: nothing was committed. A store never returns nil for a commit that failed,
//     and nothing but ErrUncertain when it does not know. An uncertain batch may still be committed later.
//  3. A store never retries fn. Whoever calls Update retries on [ErrConflict].
//  4. Rows carry the Version under which they were read. Version 0 inserts: if the primary key exists the answer is
//     [ErrConflict]. Any other version compares and swaps: if the stored version differs, or the row is gone, the
//     answer is [ErrConflict]. The store writes Version+1. A [Guard] compares like a swap and writes nothing; what it
//     found holds until the batch is committed. A guard of version 0, or of a row that is not there, is a lost race
//     too. So it is for every row whose Version says "as read"; a journal [Entry] is only ever inserted.
//  5. Unique keys answer [ErrExists] with an [*ExistsError] that names the key and no value: the login key among
//     accounts that have one ([KeyLogin]), a structure's identity ([KeyIdentity]), a link's selector ([KeySelector],
//     although it is the primary key), and the (operation, sequence) of a journal entry ([KeyJournal]). A link's
//     (account, purpose, sequence) is a lost race: [ErrConflict]. Keys are looked at as the rows of the batch leave
//     them: one row may take what another row of the same batch gives up. A batch that breaks several sentences is
//     answered by any one of them.
//  6. A batch's [attachment.Roster] is written as its head and its Rows: the head compares and swaps; each row of Rows
//     replaces the stored row of its key, its grants included, or is inserted; rows that are not named stay as they
//     are. Queue is not stored. Once the batch is applied a holder has a row at structure level in the same roster; a
//     batch that would leave one without is refused, with an error of the store's own that says so. A store may refuse
//     other dangling references too (a roster without structure, a credential without account): the portal leaves none.
//  7. Each method of Reader reads one snapshot, of all that was committed before it began. Two methods may see two
//     states: what a batch rests on, it swaps or guards. Read the roster first, and everything that a decision about it
//     needs after it; the roster's version then covers its rows, and its guard all that only changes with it.
//  8. [Reader.Roster] costs the same in a roster of three and of a million, apart from open requests whose Due is over,
//     which somebody has yet to end.
//  9. fn uses its own Reader, and no other method of the Store: a store that notices, by the context that it gave to fn, answers [ErrNested].
//  10. Texts compare byte for byte; they are valid UTF-8 without U+0000, which a store need not check. Times are UTC
//     with microseconds: what was stored comes back equal. The zero time comes back zero. A list inside a row keeps its order.
//  11. What a Reader returns shares no memory with the store, and neither does what a Batch brought in. A store changes
//     neither a Batch nor a Query.
//  12. Cancelling a caller's context hurts that caller only: others' transactions go on. A caller whose context ends
//     before its batch was handed to the engine gets the context's error, and nothing was written; one that still waits
//     for its turn gets it at once.
//  13. Lists are pages in the order that their [Query] names, without gaps or repetitions among rows that do not
//     change. A page's Next, given back as After, continues behind its last row; "" says there is no more. It goes
//     with the list ([ListOf]); At, Structures and Past may differ from page to page. Any other After is [ErrAfter]. A Count is of the whole list, wherever the page begins.
//  14. A Store may be used by any number of goroutines, and the rows by any number of processes, unless the store says
//     that they are for one.
//  15. Methods that look for one row answer [ErrNotFound] when there is none.
//
// # Operations
//
// An [Operation] changes rows whose number nobody knows. What is not said to change stays as it is.
//
//  16. Operations come after the guards and rows of their batch, in order, and see what these left; all or nothing,
//     like the rest. A row that an operation changes gets Version+1, once for each operation, also when it finds
//     nothing left to change; and so does the head of every roster whose rows it changes, copies or deletes, unless it
//     is said otherwise. No row that another transaction commits meanwhile is missed: a store locks the account or the
//     rosters concerned before it looks for what hangs on them, and whoever adds such a row writes or guards those.
//  17. [CopyStructure] compares and swaps the version of From's roster; it answers ErrConflict unless From is managed
//     or vacant, To has a structure, no roster, and no service of a code that From has. Services of From are inserted
//     at To, with version 1. To's head is From's as it was: standing, holder, attached, contest, review, and its version,
//     so that orders stay below it; there is no claim. Every row of From is inserted at To, with its grants; those
//     requested or approved are then deleted at From, and of the others there the Wish becomes empty but for its
//     Decision, and Remind zero. Every account that has a row at To gets Version+1. Every registration for From is for
//     To. Messages about From that are queued or parked are about To.
//  18. [EraseAccount] answers ErrConflict unless there is such an account and it is closed. Of the account and of the
//     registration of the same id, login, person and both consents become zero. Its credential and its links are
//     deleted. Of its rows in rosters, comment, details, the decision's reason, the wish's comment and its
//     decision's reason, and Invited become empty. Of journal entries whose Account or Actor it is, the note becomes
//     empty. Messages that are not queued are deleted if their Account
//     is it, or their To is the login or the contact address that the account had, as typed; an empty address is none.
//  19. [Purge] deletes, of each kind, at most Limit rows that ended before the time given for it, the oldest first,
//     then by key: registrations that are not open, by EndedAt; messages that are not queued, by DoneAt; links, by
//     NotAfter; attempts, by Over; journal entries, with their notes, by At. A zero time never was. With a registration whose id no
//     account has go its rows in rosters that are refused, withdrawn, lapsed or detached; of journal entries whose
//     Account it is the note becomes empty.
//
// # Joining
//
//  20. A [Joiner] works in a transaction of the application. Its reads see what that transaction wrote. nil from Update
//     means: the whole batch is written, and is committed if the application commits; if it rolls back, nothing was
//     written.
//  21. A joined Update that fails leaves the transaction as it was before it, and usable. A lost race is [ErrConflict]:
//     who began the transaction retries it, from its beginning if its isolation is stronger than READ COMMITTED.
//  22. What a batch must leave behind, such as a holder's row, is looked at before Update returns, and not only when
//     the application commits. Other sentences hold as they are, but for 12 and 14: a joined store is for one goroutine
//     at a time, and how its transaction waits and ends is the application's.
package storage
