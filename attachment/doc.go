// Package attachment decides who is attached to a structure, who is its main manager, and who may say so.
//
// A [Roster] holds the attachments (French: rattachements) of one structure and its standing, under one version:
//
//   - unclaimed: nobody has named it, or nobody's claim is left;
//   - claimed: one registration is designated main manager and has not activated its account yet. A claim gives no
//     rights, and while there is only a claim nobody decides and requests queue (rules B5 and D1);
//   - managed: exactly one main manager (gestionnaire principal);
//   - vacant: known, and without manager (rule D6).
//
// [Decide] takes a roster, the [Facts] that the rules need besides, a [Command] and the time, and returns the
// [Change] values that follow, or an [*Error] that names the rule that refused. [Roster.Apply] applies a change. Both
// are pure. Whoever stores a roster compares and swaps its version: that one comparison settles the first creator,
// two decisions at once and the single main manager.
//
// A roster read from storage is a slice: the rows of the accounts that the command names ([Command.Accounts]), of the
// actor, of the holder, and of the next in the queue ([QueueLength]). Decide on the slice is Decide on the whole. A
// slice serves one Decide; read again for the next.
//
// Decide first applies what is due at that time: a claim whose term is over ends, and the oldest open request at
// structure level succeeds; requests of the accounts concerned whose time is over lapse. What a decision does
// therefore does not depend on when [Settle] commands ran. A succession takes effect when it is applied: its new term
// counts from then, since its author is only mailed then.
package attachment
