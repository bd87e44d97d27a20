internal import CLibUdev
internal import CUnitIO
internal import Glibc
public import UnitTransport

/// Tells when units may have come or gone. What is there now, `UnitDirectory` says: a change is a hint, so that a burst
/// of them costs one look.
///
/// Listens to udevd's own announcements, which come when its rules have run, not to the kernel's, which come before the
/// node has its group. Announced lines are looked at four times a second.
public final class UnitMonitor: Sendable {
    private let stream: AsyncStream<Void>
    private let running: Guarded<IOThread?>
    private let event: Int32
    private let stopping = Guarded(false)

    /// Starts listening. `announcements` is the folder whose links announce lines that cannot be recognised.
    public init(announcements: String = UnitDirectory.announcementFolder) throws(HotplugError) {
        guard let udev = udev_new() else { throw .udev(call: "udev_new") }
        guard let monitor = udev_monitor_new_from_netlink(udev, "udev") else {
            udev_unref(udev)
            throw .udev(call: "udev_monitor_new_from_netlink")
        }
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "usb", "usb_device")
        udev_monitor_filter_add_match_subsystem_devtype(monitor, "tty", nil)
        guard udev_monitor_enable_receiving(monitor) >= 0 else {
            udev_monitor_unref(monitor)
            udev_unref(udev)
            throw .udev(call: "udev_monitor_enable_receiving")
        }
        event = cu_event_create()
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.stream = stream
        running = Guarded(nil)
        let source = Source(udev: udev, monitor: monitor, folder: announcements)
        do throws(TransportError) {
            let thread = try IOThread(name: "cvqkd-hotplug") { [stopping, event] in
                source.listen(event: event, continuation: continuation, stopping: stopping)
            }
            running.withLock { $0 = thread }
        } catch {
            source.free()
            close(event)
            throw .thread(error)
        }
    }

    deinit { stop() }

    /// One element per change, or per several in a row. For one listener.
    public func changes() -> AsyncStream<Void> { stream }

    /// When to look again: at every change, and whenever `interval` has passed, because a unit that becomes busy, or answers
    /// again, announces nothing. What comes while nobody looks is one occasion. For one listener, in place of `changes`.
    public func occasions(every interval: Duration, clock: HostClock = .monotonic) -> AsyncStream<Void> {
        let (occasions, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let changes = Task(executorPreference: clock.executor) { [stream] in
            for await _ in stream { continuation.yield() }
        }
        let passing = Task(executorPreference: clock.executor) {
            while true {
                try await clock.sleep(for: interval)
                continuation.yield()
            }
        }
        continuation.onTermination = { _ in
            changes.cancel()
            passing.cancel()
        }
        return occasions
    }

    /// Ends the stream and the thread. Idempotent.
    public func stop() {
        guard let thread = running.withLock({ $0.take() }) else { return }
        stopping.withLock { $0 = true }
        _ = cu_event_set(event)
        thread.join()
        close(event)
    }

    private final class Source: @unchecked Sendable {
        // SAFETY: used by the monitor's one thread only, which frees it at its end.
        private let udev: OpaquePointer
        private let monitor: OpaquePointer

        private let folder: String

        init(udev: OpaquePointer, monitor: OpaquePointer, folder: String) {
            self.udev = udev
            self.monitor = monitor
            self.folder = folder
        }

        func listen(event: Int32, continuation: AsyncStream<Void>.Continuation, stopping: Guarded<Bool>) {
            var announced = announcements()
            let descriptor = udev_monitor_get_fd(monitor)
            while !stopping.withLock({ $0 }) {
                let mask = cu_wait(descriptor, Int32(CU_READABLE), event, 250)
                if mask > 0 {
                    while let device = udev_monitor_receive_device(monitor) { udev_device_unref(device) }
                    continuation.yield()
                }
                let now = announcements()
                if now != announced {
                    announced = now
                    continuation.yield()
                }
            }
            continuation.finish()
            free()
        }

        func free() {
            udev_monitor_unref(monitor)
            udev_unref(udev)
        }

        /// Change time of the folder: making and removing links moves it.
        private func announcements() -> Int {
            var status = stat()
            guard stat(folder, &status) == 0 else { return 0 }
            return status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
        }
    }
}
