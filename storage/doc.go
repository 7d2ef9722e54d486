// Package storage is the contract between the portal and whatever keeps its rows. Implement [Store], run
// storagetest.Run, and a third store is right.
//
// A transaction reads, decides, then writes once: [Store.Update] runs a function that reads through a [Reader] and
// returns a [Batch], and applies the batch all or nothing. Nothing is read after the batch. No rule of the portal
// lives in a store.
//
// # The contract
//
//  1. Update runs fn exactly once, in the caller's goroutine. fn's error comes back so that errors.Is finds it, and
//     nothing was written. A panic of fn, or a runtime.Goexit, writes nothing, releases everything and goes on.
//  2. nil from Update means: the whole batch is committed and every later read sees it. [ErrConflict] and [ErrExists]
//     mean: nothing was committed. [ErrUncertain] means: the batch is committed as a whole or not at all, and the
//     store cannot tell. Any other error means: nothing was committed. A store never returns nil for a commit that
//     failed, and nothing but ErrUncertain when it does not know.
//  3. A store never retries fn. Whoever calls Update retries on [ErrConflict].
//  4. Rows carry the Version under which they were read. Version 0 inserts: if the primary key exists the answer is
//     [ErrConflict]. Any other version compares and swaps: if the stored version differs, or the row is gone, the
//     answer is [ErrConflict]. The store writes Version+1. A [Guard] compares like a swap and writes nothing.
//     So it is for every row whose Version says "as read"; a journal [Entry] is only ever inserted.
//  5. Unique keys answer [ErrExists] with an [*ExistsError] that names the key and no value: the login key among
//     accounts that have one ([KeyLogin]), a structure's identity ([KeyIdentity]), a link's selector ([KeySelector], although it is
//     the primary key), and the (operation, sequence) of a journal entry ([KeyJournal]). A link's (account, purpose,
//     sequence) is a lost race: [ErrConflict]. A batch that breaks several sentences is answered by any one of them.
//  6. A batch's [attachment.Roster] is written as its head and its Rows: the head compares and swaps; each row of Rows
//     replaces the stored row of its key, its grants included, or is inserted; rows that are not named stay as they
//     are. Queue is not stored. Once the batch is applied a holder has a row at structure level in the same roster; a
//     batch that would leave one without is refused, with an error that says so. A store may refuse other dangling references too (a
//     roster without structure, a credential without account): the portal leaves none.
//  7. Each method of Reader reads one snapshot. Two methods may see two states: read the roster first, and everything
//     that a decision about it needs after it; the roster's version then covers the rest.
//  8. [Reader.Roster] costs the same in a roster of three and of a million.
//  9. fn uses its own Reader, and no other method of the Store: a store that notices answers [ErrNested].
//  10. Texts compare byte for byte. Times are UTC with microseconds: what was stored comes back equal. The zero time
//     comes back zero.
//  11. What a Reader returns shares no memory with the store, and neither does what a Batch brought in.
//  12. Cancelling a caller's context hurts that caller only: others' transactions go on. A caller whose context ends
//     before its batch was handed to the engine gets the context's error, and nothing was written; one that still waits
//     for its turn gets it at once.
//  13. Lists are pages in the order that their [Query] names, without gaps or repetitions among rows that do not
//     change. A page's Next, given back as After, continues behind its last row; "" says there is no more. Any other
//     After is [ErrAfter].
//  14. A Store may be used by any number of goroutines, and the rows by any number of processes.
//  15. Methods that look for one row answer [ErrNotFound] when there is none.
package storage
