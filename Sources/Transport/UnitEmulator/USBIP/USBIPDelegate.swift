/// What a device does with the transfers that the server does not answer itself.
///
/// `bulkOut`, `control`, `configured` and `haltCleared` are called on the server's reading thread, `fillBulkIn` on its
/// writing thread, so the two groups run at the same time. No call may block: while one does not return, no transfer
/// of that direction completes and none can be cancelled. `USBIPDevice.detach()` must not be called from any of them.
public protocol USBIPDelegate: AnyObject, Sendable {
    /// Takes what the host sent to a bulk OUT endpoint, one transfer at a time and in order.
    ///
    /// - Parameters:
    ///   - endpoint: address, 0x01 … 0x0F.
    ///   - bytes: the whole transfer, valid during the call.
    func bulkOut(endpoint: UInt8, bytes: RawSpan) -> BulkOutResult

    /// Fills the oldest transfer that waits on a bulk IN endpoint.
    ///
    /// Asked when a transfer waits and none was refused since the last `USBIPDevice.wake(_:)`.
    ///
    /// - Parameters:
    ///   - endpoint: address, 0x81 … 0x8F.
    ///   - buffer: as large as the host's transfer, in octets; uninitialised, valid during the call.
    func fillBulkIn(endpoint: UInt8, into buffer: UnsafeMutableRawBufferPointer) -> BulkInResult

    /// Changes whenever what an IN endpoint was filled with before is out of date. A device that asks for data before its
    /// host does throws that data away then. 0 by default.
    func epoch(endpoint: UInt8) -> UInt64

    /// Answers a class or vendor request; `data` holds the data stage of an OUT request. Stalls by default.
    func control(_ setup: USBSetup, data: [UInt8]) -> ControlResult

    /// The host chose a configuration (0: none). A USB reset shows itself only as this call: over USB/IP the port's
    /// reset never reaches the device.
    func configured(_ value: UInt8)

    /// The host cleared the halt of an endpoint.
    func haltCleared(endpoint: UInt8)

    /// The host's controller closed the connection, as `usbip detach` does. Called once, on the reading thread, as its
    /// last act; not called after `USBIPDevice.detach()`. The device counts as attached until `detach()`, which has to
    /// be called from another thread.
    func hostDisconnected()
}

extension USBIPDelegate {
    /// Nothing is ever out of date.
    public func epoch(endpoint: UInt8) -> UInt64 { 0 }
    /// Stalls.
    public func control(_ setup: USBSetup, data: [UInt8]) -> ControlResult { .stall }
    /// Does nothing.
    public func configured(_ value: UInt8) {}
    /// Does nothing.
    public func haltCleared(endpoint: UInt8) {}
    /// Does nothing.
    public func hostDisconnected() {}
}

/// How a bulk OUT transfer ends.
public enum BulkOutResult: Hashable, Sendable {
    /// All octets taken.
    case accepted
    /// The endpoint halts: this and all later transfers fail with EPIPE until the host clears the halt.
    case stall
    /// This transfer fails with EPROTO, as after a bad cable.
    case protocolError
    /// The endpoint hangs: this and all later transfers wait until cancelled; only a new configuration cures it.
    case silent
}

/// How a bulk IN transfer goes on.
public enum BulkInResult: Hashable, Sendable {
    /// No data; asked again after `USBIPDevice.wake(_:)`.
    case nothingYet
    /// The first so many octets of the buffer are data. Fewer than the buffer's end the transfer short, 0 is a
    /// zero-length packet.
    case data(Int)
    /// The endpoint halts: this and all later transfers fail with EPIPE until the host clears the halt.
    case stall
    /// This transfer fails with EPROTO, as after a bad cable.
    case protocolError
    /// This transfer fails with EOVERFLOW, as when a device sends more than was asked for.
    case overflow
    /// The endpoint hangs: this and all later transfers wait until cancelled; only a new configuration cures it.
    case silent
}

/// How a class or vendor request ends.
public enum ControlResult: Hashable, Sendable {
    /// An OUT request was carried out.
    case acknowledged
    /// Data stage of an IN request; cut off at the length that the host asked for.
    case data([UInt8])
    /// Not supported.
    case stall
}

/// A device that a port has plugged in, whatever the wire.
protocol USBAttachment: Sendable {
    /// Pulls it out; returns when it is out.
    func detach()
    /// Data has become available for a bulk IN endpoint.
    func wake(_ endpoint: UInt8)
}
