/// What goes wrong with replies and events, and with the unit's own ideas of itself.
struct ControlFaults {
    /// Requests are not answered.
    var isHanging = false
    /// Replies are late by so many milliseconds.
    var lateMilliseconds = 0.0
    var duplicates = false
    var wrongNumbers = 0
    var garbageBytes = 0
    var truncateNext = 0
    var ignoresHeartbeat = false
    var peerIsLost = false
    /// Role in HelloReply.
    var role: UInt8?
    /// Message with a field of another type.
    var foreignMessage: UInt16?
    /// Message of which the unit knows one field less.
    var shortMessage: UInt16?
    var temperature: Double?
    var missingSensor: UInt16?
    /// Slots to drop as if the FIFO were full.
    var overflowSlots = 0
}
