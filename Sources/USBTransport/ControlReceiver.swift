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
    /// A failed transfer is submitted again, but not for ever.
    static let patience = 16

    private struct State {
        var active: [UnsafeMutablePointer<libusb_transfer>] = []
        var failures = 0
        var undecodable: UInt64 = 0
        var stopping = false
    }

    private let device: USBDevice
    private let queue: ControlQueue
    private let state: Guarded<State>

    init(device: USBDevice, queue: ControlQueue) {
        self.device = device
        self.queue = queue
        state = Guarded(State())
    }

    var undecodable: UInt64 { state.withLock { $0.undecodable } }

    func start() throws(TransportError) {
        for _ in 0..<Self.transfers {
            guard let transfer = libusb_alloc_transfer(0), let buffer = malloc(Self.bufferBytes) else {
                throw .system(call: "malloc", path: device.node, code: ENOMEM)
            }
            libusb_fill_bulk_transfer(
                transfer, device.handle, USBDevice.controlEndpoint, buffer.assumingMemoryBound(to: UInt8.self),
                Int32(Self.bufferBytes),
                { transfer in
                    guard let transfer, let user = transfer.pointee.user_data else { return }
                    Unmanaged<ControlReceiver>.fromOpaque(user).takeUnretainedValue().completed(transfer)
                }, Unmanaged.passUnretained(self).toOpaque(), 0)
            state.withLock { $0.active.append(transfer) }
            let result = device.submit(transfer)
            guard result == 0 else {
                retire(transfer)
                throw USBDevice.failure("libusb_submit_transfer", device.node, result)
            }
        }
    }

    /// On the event thread.
    private func completed(_ transfer: UnsafeMutablePointer<libusb_transfer>) {
        let ending = receive(transfer)
        // Under the lock that `stop` cancels under: a transfer is either cancelled there or not submitted here.
        if ending == nil && state.withLock({ !$0.stopping && device.submitAgain(transfer) }) { return }
        retire(transfer)
        if let ending {
            if case .gone = ending { device.markGone() }
            queue.finish(ending)
        }
        device.finished()
    }

    /// Takes the frame out; the error if the endpoint is finished.
    private func receive(_ transfer: UnsafeMutablePointer<libusb_transfer>) -> TransportError? {
        let count = Int(transfer.pointee.actual_length)
        switch transfer.pointee.status {
        case LIBUSB_TRANSFER_COMPLETED:
            let bytes = UnsafeRawBufferPointer(start: transfer.pointee.buffer, count: count)
            let frame = Array(bytes)
            let isFrame = (try? Frame.peek(frame.span.bytes)).map { $0.length == count } ?? false
            state.withLock { state in
                state.failures = 0
                if !isFrame && count > 0 { state.undecodable += 1 }
            }
            if isFrame { queue.append(frame) }
            return nil
        case LIBUSB_TRANSFER_NO_DEVICE: return .gone(path: device.node)
        case LIBUSB_TRANSFER_CANCELLED: return .closed
        default:
            let patient = state.withLock { state in
                state.failures += 1
                return state.failures < Self.patience
            }
            return patient
                ? nil : USBDevice.failure("bulk IN 0x81", device.node, LIBUSB_ERROR_IO.rawValue)
        }
    }

    private func retire(_ transfer: UnsafeMutablePointer<libusb_transfer>) {
        state.withLock { state in state.active.removeAll { $0 == transfer } }
        free(transfer.pointee.buffer)
        libusb_free_transfer(transfer)
    }

    /// Cancels what waits; `USBDevice.close` waits for the callbacks.
    func stop() {
        state.withLock { state in
            state.stopping = true
            // Under the lock, so that none is freed while it is being cancelled.
            for transfer in state.active { libusb_cancel_transfer(transfer) }
        }
    }
}

extension USBDevice {
    /// Submits a transfer again from its own callback: it stays counted. False if that is not possible.
    func submitAgain(_ transfer: UnsafeMutablePointer<libusb_transfer>) -> Bool {
        !isEnding && libusb_submit_transfer(transfer) == 0
    }
}
