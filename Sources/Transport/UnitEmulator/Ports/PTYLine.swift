internal import CUnitIO
internal import Glibc
internal import UnitProtocol

/// One pseudo-terminal and the link to it. Used by one thread.
final class PTYLine {
    let master: Int32
    private let link: String
    private var decoder = SerialDecoder()
    private var chunk = [UInt8](repeating: 0, count: 16_384)

    init(link: String) throws(PTYPort.Fault) {
        self.link = link
        var path = [CChar](repeating: 0, count: 128)
        let master = cu_pty_open(&path, path.count)
        guard master >= 0 else {
            throw PTYPort.Fault(description: "pseudo-terminal: \(String(cString: strerror(-master)))")
        }
        self.master = master
        // Renaming replaces an old link in one step: a host never finds the name missing in between.
        let fresh = link + ".new"
        unlink(fresh)
        guard symlink(path, fresh) == 0, rename(fresh, link) == 0 else {
            let reason = String(cString: strerror(errno))
            close(master)
            throw PTYPort.Fault(description: "\(link): \(reason)")
        }
    }

    deinit { hangUp() }

    private var isOpen = true

    /// Closes the terminal: its host reads an end, and the link is gone.
    func hangUp() {
        guard isOpen else { return }
        isOpen = false
        unlink(link)
        close(master)
    }

    /// Reads what is there and hands whole decoded frames to `body`. False: the line is broken.
    func read(_ body: ([UInt8]) -> Void) -> Bool {
        let count = Glibc.read(master, &chunk, chunk.count)
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
        decoder.feed(chunk[..<count], body)
        return true
    }
}

/// What the thread of a `PTYPort` does.
final class PTYLoop: Sendable {
    private let port: PTYPort
    private let unit: EmulatedUnit
    private let number: Int
    // SAFETY: handed to the thread in `run` and touched by nobody else.
    nonisolated(unsafe) private var line: PTYLine?
    nonisolated(unsafe) private var output: [UInt8] = []
    nonisolated(unsafe) private var written = 0
    nonisolated(unsafe) private var departures = 0

    init(port: PTYPort, unit: EmulatedUnit, number: Int, line: PTYLine) {
        self.port = port
        self.unit = unit
        self.number = number
        self.line = line
    }

    func run() {
        cu_name_thread(unit.configuration.serial)
        let frame = UnsafeMutableRawBufferPointer.allocate(byteCount: Frame.maximumBytes, alignment: 64)
        defer { frame.deallocate() }
        // A terminal that nobody has opened yet looks like any other; one that was closed hangs up until it is opened.
        var hasHost = true
        while true {
            let orders = port.orders
            if orders.isStopping { break }
            follow(orders)
            guard let line else {
                _ = port.wait(-1, wantsRoom: false, milliseconds: 100)
                continue
            }
            if hasHost { fill(frame) }
            let mask = port.wait(
                hasHost ? line.master : -1, wantsRoom: hasHost && written < output.count,
                milliseconds: hasHost ? 100 : 10)
            guard hasHost else {
                hasHost = cu_wait(line.master, Int32(CU_READABLE), -1, 0) & Int32(CU_GONE) == 0
                continue
            }
            if mask & Int32(CU_READABLE) != 0 { _ = line.read { unit.receive($0, port: number) } }
            if mask & Int32(CU_GONE) != 0 {
                hasHost = false
                dropOutput()
                unit.portClosed(number)
                continue
            }
            if mask & Int32(CU_WRITABLE) != 0 || written < output.count { write(line) }
        }
        line?.hangUp()
        line = nil
    }

    /// Comes and goes with the unit.
    private func follow(_ orders: PTYPort.Orders) {
        if line != nil, !orders.isWanted || orders.departures != departures {
            line?.hangUp()
            line = nil
            dropOutput()
        }
        departures = orders.departures
        if line == nil && orders.isWanted { line = try? PTYLine(link: port.link) }
    }

    private func dropOutput() {
        output.removeAll(keepingCapacity: true)
        written = 0
        port.clearOutbox()
    }

    /// Chooses what to write next: control before stream, whole frames.
    private func fill(_ frame: UnsafeMutableRawBufferPointer) {
        guard written == output.count else { return }
        written = 0
        output.removeAll(keepingCapacity: true)
        if let control = port.takeOutbox() {
            output = control
            return
        }
        // Several frames at once, as far as a write may take them, or small frames would cost a system call each.
        while output.count < 32_768 {
            let length = unit.takeStreamFrame(into: frame, port: number)
            guard length > 0 else { return }
            port.append(UnsafeRawBufferPointer(rebasing: frame[..<min(length, frame.count)]), to: &output)
        }
    }

    private func write(_ line: PTYLine) {
        let count = output[written...].withUnsafeBytes { Glibc.write(line.master, $0.baseAddress, $0.count) }
        if count > 0 { written += count }
    }
}
