internal import CLibUSB
internal import Glibc
internal import UnitTransport

/// The transfers of a running stream: each has a buffer of the pool, which it exchanges for a spare one when it is
/// filled. Without a spare buffer it waits unsubmitted, which is the back-pressure that the unit feels.
///
/// Callbacks run on the event thread and allocate nothing, but for a repair.
final class StreamReceiver: Sendable {
    /// Transfers in flight, if the kernel's memory suffices for them; the pool has twice as many buffers, so that the
    /// consumer can hold as much as the bus.
    static let transfers = USBMemoryBudget.most

    let channel: StreamChannel
    private let device: USBDevice
    private let stride: Int
    /// Transfers that the memory budget grants.
    private let granted: Int
    private let state: Guarded<State>
    private let spareArrived: LateCallback
    private let ended = WaitPoint()

    private struct State {
        var slots: [Slot] = []
        var counters = TransportCounters()
        var repair = EndpointRepair(inFlight: StreamReceiver.transfers)
        /// From the decision to clear a halt until the transfers are submitted again.
        var pause: Int?
        var repairing = false
        var ending: TransportError?
        var active = 0
        /// Transfers wait because the kernel had no memory for them.
        var lacksMemory = false

        /// Nothing of the endpoint is in the kernel's hands or in those of a repair.
        var isAtRest: Bool { active == 0 && !repairing }
    }

    private struct Slot {
        let transfer: UnsafeMutablePointer<libusb_transfer>
        var buffer: Int?
        var submitted = false
    }

    init(device: USBDevice, geometry: StreamGeometry) throws(TransportError) {
        self.device = device
        stride = geometry.frameBytes
        granted = try device.memory.reserve()
        state = Guarded(State())
        let spare = LateCallback()
        spareArrived = spare
        let bytes = USBMemoryBudget.transferBytes(device.speed)
        channel = try StreamChannel(
            bufferCount: 2 * Self.transfers, bufferBytes: bytes, geometry: geometry,
            onSpare: { spare() })
    }

    var counters: TransportCounters { state.withLock { $0.counters } }

    func start() throws(TransportError) {
        spareArrived.set { [weak self] in self?.resubmitIdle() }
        for number in 0..<granted {
            guard let transfer = libusb_alloc_transfer(0) else {
                throw .system(call: "libusb_alloc_transfer", path: device.node, code: ENOMEM)
            }
            libusb_fill_bulk_transfer(
                transfer, device.handle, device.endpoints.stream, nil, 0,
                { transfer in
                    guard let transfer, let user = transfer.pointee.user_data else { return }
                    Unmanaged<StreamReceiver>.fromOpaque(user).takeUnretainedValue().completed(transfer)
                }, Unmanaged.passUnretained(self).toOpaque(), 0)
            let result = state.withLock { state in
                state.slots.append(Slot(transfer: transfer))
                return submit(state.slots.count - 1, &state)
            }
            if result == LIBUSB_ERROR_NO_MEM.rawValue {
                // Other processes have taken what our account thinks free: what is submitted may be enough.
                guard number >= USBMemoryBudget.fewest else {
                    throw USBDevice.failure("libusb_submit_transfer", device.node, result)
                }
                dropLastSlot()
                break
            }
            guard result == 0 else { throw USBDevice.failure("libusb_submit_transfer", device.node, result) }
        }
        let count = state.withLock { state in
            state.counters.streamTransfers = state.slots.count
            state.counters.streamTransfersWanted = Self.transfers
            return state.slots.count
        }
        device.memory.settle(transfers: count)
    }

    private func dropLastSlot() {
        state.withLock { state in
            guard let slot = state.slots.popLast() else { return }
            libusb_free_transfer(slot.transfer)
        }
    }

    /// Gives a slot a buffer and submits it. 0 also when no buffer was spare: the slot then waits.
    private func submit(_ index: Int, _ state: inout State) -> Int32 {
        if state.slots[index].buffer == nil { state.slots[index].buffer = channel.takeSpare() }
        guard let buffer = state.slots[index].buffer else {
            state.counters.overruns += 1
            return 0
        }
        let memory = channel.buffer(buffer)
        let transfer = state.slots[index].transfer
        transfer.pointee.buffer = memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
        transfer.pointee.length = Int32(memory.count)
        let result = device.submit(transfer)
        guard result == 0 else {
            channel.commit(buffer, count: 0)
            state.slots[index].buffer = nil
            // Another process took the memory that this transfer gave back a moment ago: while others are under way,
            // it waits for their next completion.
            guard result == LIBUSB_ERROR_NO_MEM.rawValue, state.active > 0, state.counters.streamTransfers > 0 else {
                return result
            }
            state.counters.overruns += 1
            state.lacksMemory = true
            return 0
        }
        state.slots[index].submitted = true
        state.active += 1
        return 0
    }

    /// On the event thread. Transfers of one endpoint complete in the order of submission.
    private func completed(_ transfer: UnsafeMutablePointer<libusb_transfer>) {
        let (error, pause, isAtRest) = state.withLock { state -> (TransportError?, Int?, Bool) in
            guard let index = state.slots.firstIndex(where: { $0.transfer == transfer }) else {
                return (nil, nil, false)
            }
            state.slots[index].submitted = false
            state.active -= 1
            handOver(index, Int(transfer.pointee.actual_length), &state)
            if state.ending == nil { judge(transfer.pointee.status, &state) }
            if state.ending == nil && state.pause == nil && !state.repairing {
                let lackedMemory = state.lacksMemory
                state.lacksMemory = false
                let result = submit(index, &state)
                if result != 0 { state.ending = USBDevice.failure("libusb_submit_transfer", device.node, result) }
                if lackedMemory && state.ending == nil { submitIdle(&state) }
            }
            if state.ending != nil { release(index, &state) }
            // A repair begins when the endpoint has no transfer left.
            var pause: Int?
            if state.active == 0, state.ending == nil, let wanted = state.pause {
                pause = wanted
                state.pause = nil
                state.repairing = true
            }
            return (state.ending, pause, state.isAtRest)
        }
        if let error {
            if case .gone = error { device.markGone() }
            channel.finish(error)
        }
        if let pause { repair(after: pause) }
        if error != nil && isAtRest { ended.signal() }
        device.finished()
    }

    /// Decides what the end of a transfer means for the endpoint.
    private func judge(_ status: libusb_transfer_status, _ state: inout State) {
        let verdict = state.repair.judge(
            status, pausing: state.pause != nil, endpoint: "bulk IN (stream)", node: device.node)
        switch verdict {
        case .goOn: return
        case .resubmit:
            state.counters.resubmissions += 1
            return
        case .clearHalt(let milliseconds): state.pause = milliseconds
        case .over(let error): state.ending = error
        }
        for slot in state.slots where slot.submitted { libusb_cancel_transfer(slot.transfer) }
    }

    /// Clears the halt and submits everything again.
    private func repair(after milliseconds: Int) {
        device.clearHalt(
            device.endpoints.stream, afterMilliseconds: milliseconds,
            unless: { [self] in state.withLock { $0.ending != nil } }
        ) { [self] result in
            let error = state.withLock { state -> TransportError? in
                state.repairing = false
                state.counters.clearedHalts += 1
                if state.ending == nil && result != 0 {
                    state.ending = USBDevice.failure("libusb_clear_halt", device.node, result)
                }
                if state.ending == nil { submitIdle(&state) }
                return state.ending
            }
            if let error {
                if case .gone = error { device.markGone() }
                channel.finish(error)
            }
            ended.signal()
        }
    }

    /// Gives the buffer of a transfer that will not be submitted again back.
    private func release(_ index: Int, _ state: inout State) {
        guard let buffer = state.slots[index].buffer else { return }
        channel.commit(buffer, count: 0)
        state.slots[index].buffer = nil
    }

    /// Hands over what a transfer brought, whole frames only. A failed transfer can have brought some too.
    private func handOver(_ index: Int, _ count: Int, _ state: inout State) {
        guard let buffer = state.slots[index].buffer, count > 0 else { return }
        let whole = count / stride * stride
        if whole != count {
            state.counters.undecodable += 1
            state.counters.discardedBytes += UInt64(count - whole)
        }
        guard whole > 0 else { return }
        channel.commit(buffer, count: whole)
        state.slots[index].buffer = nil
    }

    /// A buffer came back: submit the transfers that wait. Any thread.
    private func resubmitIdle() {
        let error = state.withLock { state -> TransportError? in
            guard state.ending == nil, state.pause == nil, !state.repairing else { return nil }
            submitIdle(&state)
            return state.ending
        }
        if let error { channel.finish(error) }
    }

    /// Submits the transfers that wait, as far as there are buffers; `ending` says if that failed.
    private func submitIdle(_ state: inout State) {
        // What waits was counted when it began to wait.
        let overruns = state.counters.overruns
        defer { state.counters.overruns = overruns }
        for index in state.slots.indices where !state.slots[index].submitted {
            let result = submit(index, &state)
            if result != 0 {
                state.ending = USBDevice.failure("libusb_submit_transfer", device.node, result)
                return
            }
            if !state.slots[index].submitted { return }
        }
    }

    /// Cancels every transfer and waits until the last callback has run; then the transfers are freed.
    func stop(_ reason: TransportError) async {
        cancelAll(reason)
        // Not cancellable: the buffers belong to the kernel until then.
        await Task { [state, ended] in
            while !state.withLock({ $0.isAtRest }) {
                await ended.wait { state.withLock { $0.isAtRest } }
            }
        }.value
        freeAll(reason)
    }

    /// The same for a thread that may block.
    func stopBlocking(_ reason: TransportError) {
        cancelAll(reason)
        while !state.withLock({ $0.isAtRest }) { usleep(1000) }
        freeAll(reason)
    }

    private func cancelAll(_ reason: TransportError) {
        state.withLock { state in
            if state.ending == nil { state.ending = reason }
            for slot in state.slots where slot.submitted { libusb_cancel_transfer(slot.transfer) }
        }
    }

    private func freeAll(_ reason: TransportError) {
        channel.finish(reason)
        state.withLock { state in
            for index in state.slots.indices {
                release(index, &state)
                libusb_free_transfer(state.slots[index].transfer)
            }
            state.slots = []
        }
    }
}
