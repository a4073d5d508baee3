@testable import RoostCore

/// An inbox for a slab that is tested alone, and which nobody opens.
var anInbox: InboxPointer { unsafe InboxPool.take().unsafelyUnwrapped }
