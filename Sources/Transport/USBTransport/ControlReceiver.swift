internal import CLibUSB
internal import Glibc
internal import UnitProtocol
internal import UnitTransport

/// Keeps a few transfers waiting on the reply endpoint; each brings one frame.
final class ControlReceiver: Sendable {
    /// Two replies and two events can arrive while the host is slow, then the unit waits.
    static let transfers = 4
    /// A multiple of every packet size, more than the longest reply (4,096 bytes).
    static let bufferBytes = 8192

    private struct State {
        /// All transfers that have not been freed.
        var transfers: [UnsafeMutablePointer<libusb_transfer>] = []
        var submitted = 0
        var counters = TransportCounters()
        var repair = EndpointRepair(inFlight: ControlReceiver.transfers)
        var pause: Int?
        var ending: TransportError?
    }

    private let device: USBDevice
    private let queue: ControlQueue
    private let state: Guarded<State>

    init(device: USBDevice, queue: ControlQueue) {
        self.device = device
        self.queue = queue
        state = Guarded(State())
    }

    var counters: TransportCounters { state.withLock { $0.counters } }

    func start() throws(TransportError) {
        for _ in 0..<Self.transfers {
            guard let transfer = libusb_alloc_transfer(0), let buffer = malloc(Self.bufferBytes) else {
                throw .system(call: "malloc", path: device.node, code: ENOMEM)
            }
            libusb_fill_bulk_transfer(
                transfer, device.handle, device.endpoints.control, buffer.assumingMemoryBound(to: UInt8.self),
                Int32(Self.bufferBytes),
                { transfer in
                    guard let transfer, let user = transfer.pointee.user_data else { return }
                    Unmanaged<ControlReceiver>.fromOpaque(user).takeUnretainedValue().completed(transfer)
                }, Unmanaged.passUnretained(self).toOpaque(), 0)
            let result = state.withLock { state in
                state.transfers.append(transfer)
                return submit(transfer, &state)
            }
            guard result == 0 else { throw USBDevice.failure("libusb_submit_transfer", device.node, result) }
        }
    }

    private func submit(_ transfer: UnsafeMutablePointer<libusb_transfer>, _ state: inout State) -> Int32 {
        let result = device.submit(transfer)
        if result == 0 { state.submitted += 1 }
        return result
    }

    /// On the event thread.
    private func completed(_ transfer: UnsafeMutablePointer<libusb_transfer>) {
        if let frame = frame(in: transfer) { queue.append(frame) }
        // Under the lock that `stop` cancels under: a transfer is either cancelled there or not submitted here.
        let (ending, pause) = state.withLock { state -> (TransportError?, Int?) in
            state.submitted -= 1
            if state.ending == nil { judge(transfer.pointee.status, &state) }
            if state.ending == nil && state.pause == nil {
                let result = submit(transfer, &state)
                if result != 0 { state.ending = USBDevice.failure("libusb_submit_transfer", device.node, result) }
            }
            guard state.submitted == 0, state.ending == nil else { return (state.ending, nil) }
            return (nil, state.pause)
        }
        if let ending { end(ending) }
        if let pause { repair(after: pause) }
        device.finished()
    }

    /// The frame that a transfer brought; a failed one can have brought one too.
    private func frame(in transfer: UnsafeMutablePointer<libusb_transfer>) -> [UInt8]? {
        let count = Int(transfer.pointee.actual_length)
        guard count > 0 else { return nil }
        state.withLock { $0.counters.receivedBytes += UInt64(count) }
        let frame = Array(UnsafeRawBufferPointer(start: transfer.pointee.buffer, count: count))
        if (try? Frame.peek(frame.span.bytes)).map({ $0.length == count }) ?? false { return frame }
        state.withLock { $0.counters.undecodable += 1 }
        return nil
    }

    private func judge(_ status: libusb_transfer_status, _ state: inout State) {
        let verdict = state.repair.judge(
            status, pausing: state.pause != nil, endpoint: "bulk IN (replies)", node: device.node)
        switch verdict {
        case .goOn: return
        case .resubmit:
            state.counters.resubmissions += 1
            return
        case .clearHalt(let milliseconds): state.pause = milliseconds
        case .over(let error): state.ending = error
        }
        for other in state.transfers { libusb_cancel_transfer(other) }
    }

    /// Clears the halt and submits everything again. The repair counts as one more user of the open device.
    private func repair(after milliseconds: Int) {
        guard device.begin() == nil else { return end(.closed) }
        device.clearHalt(
            device.endpoints.control, afterMilliseconds: milliseconds,
            unless: { [self] in state.withLock { $0.ending != nil } }
        ) { [self] result in
            let ending = state.withLock { state -> TransportError? in
                state.pause = nil
                state.counters.clearedHalts += 1
                if state.ending == nil && result != 0 {
                    state.ending = USBDevice.failure("libusb_clear_halt", device.node, result)
                }
                for transfer in state.transfers where state.ending == nil {
                    let result = submit(transfer, &state)
                    if result != 0 { state.ending = USBDevice.failure("libusb_submit_transfer", device.node, result) }
                }
                return state.ending
            }
            if let ending { end(ending) }
            device.finished()
        }
    }

    private func end(_ error: TransportError) {
        if case .gone = error { device.markGone() }
        queue.finish(error)
    }

    /// Cancels what waits; `USBDevice.close` waits for the callbacks.
    func stop() {
        state.withLock { state in
            if state.ending == nil { state.ending = .closed }
            for transfer in state.transfers { libusb_cancel_transfer(transfer) }
        }
    }

    /// Frees the transfers. After `USBDevice.drain`, when none is under way, and before the device is closed.
    func free() {
        state.withLock { state in
            for transfer in state.transfers {
                Glibc.free(transfer.pointee.buffer)
                libusb_free_transfer(transfer)
            }
            state.transfers = []
        }
    }
}
