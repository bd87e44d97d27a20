/// One of a unit's ports, as the firmware sees it.
///
/// All functions are called under the pair's lock: they note what is to be done and wake whoever does it. None may call
/// the unit.
protocol HostPort: AnyObject, Sendable {
    /// A whole reply or event frame.
    func deliver(_ frame: [UInt8])
    /// Bytes that are no frame.
    func deliverGarbage(_ bytes: [UInt8])
    /// Stream frames wait.
    func streamReady()
    /// The unit leaves the port.
    func vanish()
    /// The unit comes back.
    func appear(isBootloader: Bool)
    /// Something goes wrong on the wire, `count` times. A port that has no such thing does nothing.
    func spoil(_ fault: WireFault, count: Int)
}

extension HostPort {
    /// Nothing.
    func spoil(_ fault: WireFault, count: Int) {}
}
