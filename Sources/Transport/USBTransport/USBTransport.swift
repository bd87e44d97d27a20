internal import CLibUSB
internal import Glibc
internal import UnitProtocol
public import UnitTransport

/// A unit on USB: requests on a bulk OUT endpoint, replies and events on a bulk IN endpoint, the stream on a second one
/// (firmware-schemas/README.md, section 2).
///
/// One libusb context and one event thread per unit: a unit that misbehaves cannot hold up another.
public final class USBTransport: UnitTransport {
    /// How the unit is reached.
    public let endpoint: TransportEndpoint

    private let device: USBDevice
    private let control: ControlQueue
    private let receiver: ControlReceiver
    private let stream = Guarded<StreamReceiver?>(nil)
    private let last = Guarded<StreamChannel?>(nil)
    /// Counters of the streams that are over.
    private let past = Guarded(TransportCounters())

    /// Opens the device behind a usbfs node and claims its vendor interface. Throws `.notFound`, `.noPermission`,
    /// `.busy` (with the holder), `.notAUnit`, `.gone`, or `.usb`.
    public init(node: String, serial: String) throws(TransportError) {
        device = try USBDevice(node: node, serial: serial)
        control = ControlQueue()
        endpoint = TransportEndpoint(selector: .usb(serial: serial), path: node, kind: device.speed)
        receiver = ControlReceiver(device: device, queue: control)
        do throws(TransportError) {
            try receiver.start()
        } catch {
            receiver.stop()
            device.closeBlocking(releasing: receiver.free)
            throw error
        }
    }

    /// A transport that nobody closed is closed now, by a thread of its own: callbacks of what is under way still come, and
    /// this may be the thread that they come on.
    deinit {
        guard !device.isClosed else { return }
        let abandoned = stream.withLock { $0.take() }
        // Without a thread the device stays open to the program's end: to close it here could wait for this very thread.
        let thread = try? IOThread(name: "cvqkd-close") { [device, receiver] in
            abandoned?.stopBlocking(.closed)
            receiver.stop()
            device.closeBlocking(releasing: receiver.free)
        }
        thread?.detach()
    }

    /// The version of libusb that is loaded, as 1.0.26.
    public static var libraryVersion: String {
        guard let version = libusb_get_version()?.pointee else { return "?" }
        return "\(version.major).\(version.minor).\(version.micro)"
    }

    /// What has been counted.
    public var counters: TransportCounters {
        var counters = past.withLock { $0 }
        if let running = stream.withLock({ $0 }) { counters.add(running.counters) }
        counters.droppedEvents = control.droppedEvents
        counters.add(receiver.counters)
        counters.clearedHalts += device.clearedHalts
        return counters
    }

    /// Sends one whole frame; returns when the unit has taken it.
    public func send(_ frame: [UInt8]) async throws(TransportError) {
        try await device.send(frame, endpoint: device.endpoints.request)
    }

    /// The next reply or event.
    public func receiveControl() async throws(TransportError) -> [UInt8] { try await control.next() }

    /// Makes the buffers of a stream and submits its transfers.
    public func openStream(_ geometry: StreamGeometry) async throws(TransportError) {
        await closeStream()
        let opened: StreamReceiver
        do throws(TransportError) {
            opened = try StreamReceiver(device: device, geometry: geometry)
        } catch {
            device.memory.release()
            throw error
        }
        last.withLock { $0 = opened.channel }
        stream.withLock { $0 = opened }
        do throws(TransportError) {
            try opened.start()
        } catch {
            await closeStream()
            throw error
        }
    }

    /// The next block of stream frames.
    public func receiveStream() async throws(TransportError) -> StreamBlock {
        guard let channel = last.withLock({ $0 }) else { throw .closed }
        return try await channel.nextInTurn()
    }

    /// Cancels the stream's transfers and waits until every callback has run.
    public func closeStream() async {
        guard let closing = stream.withLock({ $0.take() }) else { return }
        await closing.stop(.closed)
        device.memory.release()
        past.withLock { $0.add(closing.counters) }
    }

    /// Cancels everything, waits for every callback, then releases and closes the device and joins the thread.
    public func close() async {
        await closeStream()
        receiver.stop()
        await device.close(releasing: receiver.free)
        control.finish(.closed)
    }
}
