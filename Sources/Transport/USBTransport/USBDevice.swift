internal import CLibUSB
internal import Glibc
internal import UnitTransport

/// An open device: its libusb context, its event thread, and the count of transfers under way.
///
/// Closing is a state machine: nothing new is submitted → everything is cancelled by its owner → every callback has run
/// (counted, not timed) → thread joined → interface released → handle closed → context left.
final class USBDevice: @unchecked Sendable {
    // SAFETY: the pointers are immutable after init and valid until `close`, which runs once and only when no transfer
    // is under way; libusb's functions may be called from any thread.
    static let interface: Int32 = 0

    let node: String
    let speed: TransportEndpoint.Kind
    let handle: OpaquePointer
    let endpoints: UnitEndpoints
    /// This unit's part of the kernel's memory for transfers.
    let memory: USBMemoryBudget.Share
    private let context: OpaquePointer
    private let descriptor: Int32
    private let state = Guarded(State())
    private let drained = WaitPoint()
    private let thread = Guarded<IOThread?>(nil)

    private struct State {
        var underWay = 0
        var gone = false
        var closing = false
        var stopThread = false
        var closed = false
        var clearedHalts: UInt64 = 0
    }

    init(node: String, serial: String) throws(TransportError) {
        let descriptor = Glibc.open(node, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.refusal(node: node, code: errno) }
        var context: OpaquePointer?
        var handle: OpaquePointer?
        _ = cu_usb_without_discovery()
        var result = libusb_init(&context)
        guard result == 0, let context else {
            Glibc.close(descriptor)
            throw Self.failure("libusb_init", node, result)
        }
        result = libusb_wrap_sys_device(context, Int(descriptor), &handle)
        guard result == 0, let handle else {
            libusb_exit(context)
            Glibc.close(descriptor)
            throw Self.failure("libusb_wrap_sys_device", node, result)
        }
        do throws(TransportError) {
            endpoints = try UnitEndpoints(handle, node)
            result = libusb_claim_interface(handle, Self.interface)
            guard result == 0 else { throw Self.failure("libusb_claim_interface", node, result) }
        } catch {
            libusb_close(handle)
            libusb_exit(context)
            Glibc.close(descriptor)
            throw error
        }
        self.node = node
        self.descriptor = descriptor
        self.context = context
        self.handle = handle
        speed =
            switch libusb_speed(UInt32(libusb_get_device_speed(libusb_get_device(handle)))) {
            case LIBUSB_SPEED_SUPER, LIBUSB_SPEED_SUPER_PLUS: .usbSuper
            case LIBUSB_SPEED_HIGH: .usbHigh
            default: .usbFull
            }
        memory = USBMemoryBudget.shared.enter(speed, serial: serial, node: node)
        let events = EventSource(context: context)
        do throws(TransportError) {
            let started = try IOThread(name: "cvqkd-usb") { [state] in
                while !state.withLock({ $0.stopThread }) { events.handle() }
            }
            thread.withLock { $0 = started }
        } catch {
            libusb_close(handle)
            libusb_exit(context)
            Glibc.close(descriptor)
            throw error
        }
    }

    private struct EventSource: @unchecked Sendable {
        // SAFETY: libusb's event functions may be called from any thread; the context outlives the thread.
        let context: OpaquePointer

        func handle() {
            var timeout = timeval(tv_sec: 1, tv_usec: 0)
            libusb_handle_events_timeout_completed(context, &timeout, nil)
        }
    }

    // MARK: Transfers

    /// Submits a transfer, which counts until `finished` is called from its callback. Returns libusb's code.
    func submit(_ transfer: UnsafeMutablePointer<libusb_transfer>) -> Int32 {
        if let refused = begin() { return refused }
        let result = libusb_submit_transfer(transfer)
        if result != 0 { finished() }
        return result
    }

    /// Counts something that needs the open device, until `finished`. libusb's code if it may not begin.
    func begin() -> Int32? {
        state.withLock { state in
            if state.gone { return LIBUSB_ERROR_NO_DEVICE.rawValue }
            if state.closing { return LIBUSB_ERROR_INTERRUPTED.rawValue }
            state.underWay += 1
            return nil
        }
    }

    /// To be called once for each submitted transfer, last thing in its callback.
    func finished() {
        let last = state.withLock { state in
            state.underWay -= 1
            return state.underWay == 0
        }
        if last { drained.signal() }
    }

    /// The device was removed: remembered, so that nothing new is tried.
    func markGone() { state.withLock { $0.gone = true } }

    /// Sends bytes and suspends until the device has taken them. An endpoint that has halted is cleared, once.
    func send(_ frame: [UInt8], endpoint: UInt8) async throws(TransportError) {
        do throws(TransportError) {
            try await sendOnce(frame, endpoint: endpoint)
        } catch {
            guard case .usb(_, _, LIBUSB_ERROR_PIPE.rawValue, _) = error else { throw error }
            try await clearHalt(endpoint)
            try await sendOnce(frame, endpoint: endpoint)
        }
    }

    private func sendOnce(_ frame: [UInt8], endpoint: UInt8) async throws(TransportError) {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<(Int32, Int32), Never>) in
            guard let transfer = libusb_alloc_transfer(0) else {
                return continuation.resume(returning: (LIBUSB_ERROR_NO_MEM.rawValue, 0))
            }
            guard let buffer = malloc(max(frame.count, 1)) else {
                libusb_free_transfer(transfer)
                return continuation.resume(returning: (LIBUSB_ERROR_NO_MEM.rawValue, 0))
            }
            frame.withUnsafeBytes {
                buffer.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(buffer), byteCount: $0.count)
            }
            let pending = PendingSend(device: self, continuation: continuation)
            libusb_fill_bulk_transfer(
                transfer, handle, endpoint, buffer.assumingMemoryBound(to: UInt8.self), Int32(frame.count),
                { transfer in
                    guard let transfer, let user = transfer.pointee.user_data else { return }
                    let pending = Unmanaged<PendingSend>.fromOpaque(user).takeRetainedValue()
                    pending.complete(transfer)
                }, Unmanaged.passRetained(pending).toOpaque(), Self.sendTimeout)
            // A frame that fills its last packet needs an empty one behind it to be complete.
            transfer.pointee.flags = UInt8(LIBUSB_TRANSFER_ADD_ZERO_PACKET.rawValue)
            let result = submit(transfer)
            guard result == 0 else {
                Unmanaged<PendingSend>.fromOpaque(transfer.pointee.user_data).release()
                libusb_free_transfer(transfer)
                free(buffer)
                return continuation.resume(returning: (result, 0))
            }
        }
        try Self.check(outcome, node: node)
    }

    private static let sendTimeout: UInt32 = 1000

    private static func check(_ outcome: (result: Int32, status: Int32), node: String) throws(TransportError) {
        guard outcome.result == 0 else { throw failure("libusb_submit_transfer", node, outcome.result) }
        switch libusb_transfer_status(UInt32(outcome.status)) {
        case LIBUSB_TRANSFER_COMPLETED: return
        case LIBUSB_TRANSFER_NO_DEVICE: throw .gone(path: node)
        case LIBUSB_TRANSFER_TIMED_OUT: throw .sendTimedOut(path: node, milliseconds: Int(sendTimeout))
        case LIBUSB_TRANSFER_CANCELLED: throw .closed
        case LIBUSB_TRANSFER_STALL: throw failure("bulk OUT", node, LIBUSB_ERROR_PIPE.rawValue)
        default: throw failure("bulk OUT", node, LIBUSB_ERROR_IO.rawValue)
        }
    }

    private final class PendingSend {
        private let device: USBDevice
        private let continuation: CheckedContinuation<(Int32, Int32), Never>

        init(device: USBDevice, continuation: CheckedContinuation<(Int32, Int32), Never>) {
            self.device = device
            self.continuation = continuation
        }

        func complete(_ transfer: UnsafeMutablePointer<libusb_transfer>) {
            let status = Int32(transfer.pointee.status.rawValue)
            free(transfer.pointee.buffer)
            libusb_free_transfer(transfer)
            device.finished()
            continuation.resume(returning: (0, status))
        }
    }

    // MARK: Halts

    /// Clears the halt of an endpoint on which no transfer is under way, after a pause; then calls `done` with libusb's
    /// code, on another thread. If `unless` becomes true in the pause, nothing is cleared and the code is 0.
    ///
    /// Not on the event thread: the kernel talks to the device, which can take its time. The caller keeps the device
    /// open until `done`.
    func clearHalt(
        _ endpoint: UInt8, afterMilliseconds: Int, unless: @escaping @Sendable () -> Bool,
        done: @escaping @Sendable (Int32) -> Void
    ) {
        do throws(TransportError) {
            let thread = try IOThread(name: "cvqkd-repair") { [self] in
                var left = afterMilliseconds
                while left > 0 && !unless() {
                    usleep(UInt32(min(left, 10)) * 1000)
                    left -= 10
                }
                done(unless() ? 0 : libusb_clear_halt(handle, endpoint))
            }
            thread.detach()
        } catch {
            done(LIBUSB_ERROR_NO_MEM.rawValue)
        }
    }

    private func clearHalt(_ endpoint: UInt8) async throws(TransportError) {
        guard begin() == nil else { throw .closed }
        let result = await withCheckedContinuation { continuation in
            clearHalt(endpoint, afterMilliseconds: 0, unless: { false }) { continuation.resume(returning: $0) }
        }
        state.withLock { $0.clearedHalts += 1 }
        finished()
        guard result == 0 else { throw Self.failure("libusb_clear_halt", node, result) }
    }

    /// Halts of the request endpoint that were cleared.
    var clearedHalts: UInt64 { state.withLock { $0.clearedHalts } }

    // MARK: End

    /// Waits until no transfer is under way. Their owners have cancelled them, or they time out by themselves.
    private func drain() async {
        // Not cancellable: buffers must not be freed under a running transfer.
        await Task { [state, drained] in
            while state.withLock({ $0.underWay > 0 }) {
                await drained.wait { state.withLock { $0.underWay == 0 } }
            }
        }.value
    }

    /// See the type. `release` runs when no transfer is under way: it frees them. Idempotent.
    func close(releasing release: () -> Void) async {
        state.withLock { $0.closing = true }
        await drain()
        release()
        shutDown()
    }

    /// The same for a thread that may block, a matter of milliseconds: what was submitted has been cancelled.
    func closeBlocking(releasing release: () -> Void) {
        state.withLock { $0.closing = true }
        while state.withLock({ $0.underWay > 0 }) { usleep(1000) }
        release()
        shutDown()
    }

    /// Whether it was closed.
    var isClosed: Bool { state.withLock { $0.closed } }

    private func shutDown() {
        let first = state.withLock { state in
            defer { state.closed = true }
            state.stopThread = true
            return !state.closed
        }
        guard first else { return }
        libusb_interrupt_event_handler(context)
        thread.withLock { $0.take() }?.join()
        libusb_release_interface(handle, Self.interface)
        libusb_close(handle)
        libusb_exit(context)
        Glibc.close(descriptor)
    }

    // MARK: Errors

    static func failure(_ call: String, _ node: String, _ code: Int32) -> TransportError {
        switch libusb_error(code) {
        case LIBUSB_ERROR_NO_DEVICE: .gone(path: node)
        case LIBUSB_ERROR_BUSY: .busy(path: node, holder: DeviceHolder.find(node))
        case LIBUSB_ERROR_ACCESS: .noPermission(path: node, remedy: DevicePermission.remedy(for: node))
        case LIBUSB_ERROR_INTERRUPTED: .closed
        case LIBUSB_ERROR_NO_MEM: .usbMemory(USBMemoryBudget.shared.refusal(at: node))
        default: .usb(call: call, path: node, code: code, name: String(cString: libusb_error_name(code)))
        }
    }

    static func refusal(node: String, code: Int32) -> TransportError {
        switch code {
        case ENOENT, ENXIO: .notFound(node)
        case ENODEV: .gone(path: node)
        case EACCES, EPERM: .noPermission(path: node, remedy: DevicePermission.remedy(for: node))
        default: .system(call: "open", path: node, code: code)
        }
    }
}
