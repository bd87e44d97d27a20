internal import Glibc
internal import UnitProtocol
internal import UnitTransport

/// A unit as a USB device of the running kernel: the vendor interface, and beside it the CDC-ACM port with the same
/// frames in serial form. Each of the two is a port of its own to the firmware.
public final class USBIPPort: HostPort {
    private let unit: EmulatedUnit
    private let attach: Attach
    private let device = Guarded<(any USBAttachment)?>(nil)
    private let shared = Guarded(Shared())
    private let number = Guarded(0)
    private let serial: USBSerialPort
    private let worker = Worker()

    private struct Shared {
        var replies = ControlOutbox()
        var faults = TransferFaults()
        var isWedged = false
        /// When the last stream frame left, or the present transfer was first asked about, ns; 0 nothing waits.
        var idleSince: UInt64 = 0
    }

    /// Plugs the device in, with this port as its delegate.
    typealias Attach = @Sendable (USBIPPort, UnitUSBDescriptors.Firmware) throws -> any USBAttachment

    /// Plugs a unit into the kernel's virtual host controller. Needs root and the module `vhci_hcd`.
    public convenience init(_ unit: EmulatedUnit, speed: USBSpeed = .superSpeed) throws(USBIPError) {
        self.init(unplugged: unit, speed: speed)
        do {
            try start()
        } catch let error as USBIPError {
            throw error
        } catch {
            preconditionFailure("USB/IP failed with \(error)")
        }
    }

    /// A port that is not plugged in: a test calls it, or `attach` brings another wire than USB/IP.
    init(unplugged unit: EmulatedUnit, speed: USBSpeed, attach: Attach? = nil) {
        self.unit = unit
        self.attach = attach ?? { port, firmware in try port.attachVirtually(firmware, speed: speed) }
        serial = USBSerialPort(unit)
        let port = unit.add(self)
        number.withLock { $0 = port }
        serial.attach { [weak self] in self?.device.withLock { $0 }?.wake(UnitUSBDescriptors.serialInEndpoint) }
    }

    /// Rate that the host has set for the CDC-ACM port last, baud. The unit has no use for it; a test has.
    public var serialBaud: UInt32 { serial.baud }

    private var port: Int { number.withLock { $0 } }

    /// Unplugs the device for good.
    public func stop() {
        worker.stop()
        device.withLock { $0.take() }?.detach()
        unit.remove(port)
        serial.remove()
    }

    /// Plugs the unit in, and keeps transfers from waiting for ever.
    func start() throws {
        try plug(.application)
        worker.start(everyMilliseconds: 5) { [weak self] in self?.flushIfIdle() }
    }

    private func plug(_ firmware: UnitUSBDescriptors.Firmware) throws {
        let attached = try attach(self, firmware)
        device.withLock { $0 = attached }
    }

    private func attachVirtually(
        _ firmware: UnitUSBDescriptors.Firmware, speed: USBSpeed
    ) throws(USBIPError) -> any USBAttachment {
        let descriptors = UnitUSBDescriptors.descriptors(
            role: unit.usbRole, serialNumber: unit.configuration.serial, speed: speed, firmware: firmware)
        let device = USBIPDevice(descriptors: descriptors, speed: speed, delegate: self)
        try device.attach()
        return device
    }

    // MARK: The unit's side

    func deliver(_ frame: [UInt8]) {
        shared.withLock { $0.replies.append(frame, isEvent: ControlOutbox.isEvent(frame), of: unit) }
        wake(UnitUSBDescriptors.replyEndpoint)
    }

    func deliverGarbage(_ bytes: [UInt8]) { deliver(bytes) }

    func streamReady() { wake(UnitUSBDescriptors.streamEndpoint) }

    func vanish() {
        worker.run { [weak self] in
            self?.device.withLock { $0.take() }?.detach()
            self?.shared.withLock { $0.replies.removeAll() }
        }
    }

    func appear(isBootloader: Bool) {
        worker.run { [weak self] in try? self?.plug(isBootloader ? .bootloader : .application) }
    }

    func spoil(_ fault: WireFault, count: Int) {
        shared.withLock { shared in
            shared.faults.add(fault, count: count)
            if fault == .wedge { shared.isWedged = true }
        }
        // A halted or wedged endpoint ends or holds the transfers that wait, too.
        for endpoint in [
            UnitUSBDescriptors.streamEndpoint, UnitUSBDescriptors.replyEndpoint, UnitUSBDescriptors.serialInEndpoint,
        ] { wake(endpoint) }
    }

    private func wake(_ endpoint: UInt8) { device.withLock { $0 }?.wake(endpoint) }

    /// Looked at every few milliseconds: a transfer that has waited for 10 ms while a session runs is ended.
    private func flushIfIdle() {
        if unit.isStreaming { wake(UnitUSBDescriptors.streamEndpoint) }
    }
}

extension USBIPPort: USBIPDelegate {
    /// One request frame per transfer, or serial bytes.
    public func bulkOut(endpoint: UInt8, bytes: RawSpan) -> BulkOutResult {
        if shared.withLock({ $0.isWedged }) { return .silent }
        let octets = bytes.withUnsafeBytes { Array($0) }
        if endpoint == UnitUSBDescriptors.requestEndpoint {
            if !octets.isEmpty { unit.receive(octets, port: port) }
        } else {
            serial.receive(octets)
        }
        return .accepted
    }

    /// The next control frame, the next stream frames at their stride, or serial bytes.
    public func fillBulkIn(endpoint: UInt8, into buffer: UnsafeMutableRawBufferPointer) -> BulkInResult {
        if shared.withLock({ $0.isWedged }) { return .silent }
        return switch endpoint {
        case UnitUSBDescriptors.replyEndpoint: fillReply(buffer)
        case UnitUSBDescriptors.streamEndpoint: fillStream(buffer)
        case UnitUSBDescriptors.serialInEndpoint: serial.fill(buffer)
        default: .nothingYet
        }
    }

    /// A session's frames are out of date when the next session begins.
    public func epoch(endpoint: UInt8) -> UInt64 {
        endpoint == UnitUSBDescriptors.streamEndpoint ? unit.streamEpoch : 0
    }

    private func fillReply(_ buffer: UnsafeMutableRawBufferPointer) -> BulkInResult {
        shared.withLock { shared in
            guard let frame = shared.replies.takeFirst() else { return .nothingYet }
            guard frame.count <= buffer.count else { return .overflow }
            buffer.copyBytes(from: frame)
            return .data(frame.count)
        }
    }

    private func fillStream(_ buffer: UnsafeMutableRawBufferPointer) -> BulkInResult {
        if shared.withLock({ $0.faults.isHalted }) { return .stall }
        let stride = unit.stride
        var count = 0
        while count + stride <= buffer.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + stride])
            let length = unit.takeStreamFrame(into: room, port: port)
            guard length > 0 else { break }
            if length < stride {
                UnsafeMutableRawBufferPointer(rebasing: room[length...]).initializeMemory(as: UInt8.self, repeating: 0)
            }
            count += stride
        }
        let now = HostClock.monotonic.now.nanoseconds
        return shared.withLock { shared in
            if count > 0 {
                shared.idleSince = now
                // A frame's header and a few samples arrive, the rest of its stride does not.
                return shared.faults.end(carrying: count, short: count - stride + 100)
            }
            if shared.idleSince == 0 { shared.idleSince = now }
            // Nothing has come for 10 ms: the host gets its transfer back, empty.
            guard unit.isStreaming, now >= shared.idleSince + 10_000_000 else { return .nothingYet }
            shared.idleSince = now
            return .data(0)
        }
    }

    /// SET_CONFIGURATION, and every bus reset, close the connection.
    public func configured(_ value: UInt8) {
        shared.withLock { shared in
            shared.replies.removeAll()
            shared.faults.clearHalt()
            shared.isWedged = false
        }
        unit.portClosed(port)
        serial.configured()
    }

    /// The endpoint goes on.
    public func haltCleared(endpoint: UInt8) {
        if endpoint == UnitUSBDescriptors.streamEndpoint { shared.withLock { $0.faults.clearHalt() } }
        if endpoint == UnitUSBDescriptors.serialInEndpoint { serial.clearHalt() }
    }

    /// Line coding and control lines are taken and mean nothing; DTR falling closes the serial port.
    public func control(_ setup: USBSetup, data: [UInt8]) -> ControlResult { serial.control(setup, data: data) }

    /// The kernel has thrown the device out.
    public func hostDisconnected() {
        unit.portClosed(port)
        serial.closed()
    }
}

extension EmulatedUnit {
    /// The role, as the product string says it.
    var usbRole: UnitUSBDescriptors.Role { configuration.role == .alice ? .alice : .bob }
}
