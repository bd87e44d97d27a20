internal import UnitProtocol
internal import UnitTransport

/// The CDC-ACM port of a USB unit: the serial form of the same frames, and a port of its own to the firmware.
final class USBSerialPort: HostPort {
    private let unit: EmulatedUnit
    private let shared = Guarded(Shared())
    private let number = Guarded(0)
    private let onOutput = LateCallback()

    private struct Shared {
        var decoder = SerialDecoder()
        var outbox = ControlOutbox()
        /// What is left of the encoding that is being sent.
        var output: [UInt8] = []
        var sent = 0
        var faults = TransferFaults()
        var noise = LineNoise()
        var lineCoding: [UInt8] = [0x00, 0x10, 0x0E, 0x00, 0, 0, 8]
        var frame = [UInt8](repeating: 0, count: Frame.maximumBytes)
    }

    init(_ unit: EmulatedUnit) { self.unit = unit }

    /// Makes the port known to the unit; `onOutput` is called when there is something to send.
    func attach(_ onOutput: @escaping @Sendable () -> Void) {
        self.onOutput.set(onOutput)
        let port = unit.add(self)
        number.withLock { $0 = port }
    }

    func remove() { unit.remove(number.withLock { $0 }) }

    /// The host is gone.
    func closed() {
        forget()
        unit.portClosed(number.withLock { $0 })
    }

    /// Rate that the host has set last, baud.
    var baud: UInt32 {
        shared.withLock { $0.lineCoding[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// A USB reset: the host is gone, and a halt ends.
    func configured() {
        clearHalt()
        closed()
    }

    /// The endpoint goes on.
    func clearHalt() { shared.withLock { $0.faults.clearHalt() } }

    func spoil(_ fault: WireFault, count: Int) {
        shared.withLock { shared in
            shared.faults.add(fault, count: count)
            // Here transfers can end short; a frame that is cut is what a line without transfers has instead.
            if fault != .shortTransfer { shared.noise.add(fault, count: count) }
        }
    }

    private func forget() {
        shared.withLock { shared in
            shared.decoder = SerialDecoder()
            shared.outbox.removeAll()
            shared.output.removeAll()
            shared.sent = 0
        }
    }

    /// Bytes from the host.
    func receive(_ bytes: [UInt8]) {
        var frames: [[UInt8]] = []
        shared.withLock { $0.decoder.feed(bytes[...]) { frames.append($0) } }
        let port = number.withLock { $0 }
        for frame in frames { unit.receive(frame, port: port) }
    }

    /// Bytes for the host: control before stream, whole frames one after the other.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> BulkInResult {
        let port = number.withLock { $0 }
        return shared.withLock { shared in
            if shared.faults.isHalted { return .stall }
            if shared.sent == shared.output.count { next(&shared, port: port) }
            let count = min(buffer.count, shared.output.count - shared.sent)
            guard count > 0 else { return .nothingYet }
            buffer.copyBytes(from: shared.output[shared.sent..<shared.sent + count])
            shared.sent += count
            return shared.faults.end(carrying: count, short: count / 2)
        }
    }

    private func next(_ shared: inout Shared, port: Int) {
        shared.output.removeAll(keepingCapacity: true)
        shared.sent = 0
        if let control = shared.outbox.takeFirst() {
            shared.output = control
            return
        }
        let length = shared.frame.withUnsafeMutableBytes { unit.takeStreamFrame(into: $0, port: port) }
        guard length > 0 else { return }
        let frame = min(length, shared.frame.count)
        shared.frame[..<frame].withUnsafeBytes { shared.noise.append($0, to: &shared.output) }
    }

    /// SET_LINE_CODING, GET_LINE_CODING and SET_CONTROL_LINE_STATE; DTR falling closes the port, as a hang-up does.
    func control(_ setup: USBSetup, data: [UInt8]) -> ControlResult {
        switch (setup.requestType & 0x7F, setup.request) {
        case (0x21, 0x20):
            shared.withLock { if data.count == 7 { $0.lineCoding = data } }
            return .acknowledged
        case (0x21, 0x21): return .data(shared.withLock { $0.lineCoding })
        case (0x21, 0x22):
            if setup.value & 1 == 0 { closed() }
            return .acknowledged
        default: return .stall
        }
    }

    func deliver(_ frame: [UInt8]) {
        send(SerialEncoder.encode(frame), isEvent: ControlOutbox.isEvent(frame))
    }

    func deliverGarbage(_ bytes: [UInt8]) { send(bytes + [0], isEvent: false) }

    func streamReady() { onOutput() }

    func vanish() { forget() }

    func appear(isBootloader: Bool) {}

    private func send(_ bytes: [UInt8], isEvent: Bool) {
        shared.withLock { $0.outbox.append(bytes, isEvent: isEvent, of: unit) }
        onOutput()
    }
}
