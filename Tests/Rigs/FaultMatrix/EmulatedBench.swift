import CFaultMatrix
import Glibc
import LocalUnits
import UnitControl
import UnitEmulator
import UnitTransport

/// A fresh emulated pair on the transport of a cell, and the ways to it.
///
/// Nodes are opened as a user without rights who is in the group `cvqkd`: what udev's rules give decides, as on a node.
final class EmulatedBench: Sendable {
    let pair: EmulatedPair
    let transport: MatrixTransport
    private let devices: [USBIPPort]
    private let terminals: [PTYPort]
    private let isRevoked = Guarded(false)

    /// A FIFO that bridges the pauses of a busy machine, or one of 0.24 s, which a slow consumer overruns.
    enum FIFO: Int { case deep = 2_097_152, shallow = 98_304 }

    static let symbolRate = 50_000.0
    private static let nobody: uid_t = 65_534

    init(_ transport: MatrixTransport, index: Int, hasAlice: Bool = false, fifo: FIFO = .deep) throws {
        var configuration = PairConfiguration(model: PairModel(seed: UInt64(index) + 1))
        configuration.index = index
        configuration.warmUpTime = 0.05
        configuration.streamBufferBytes = fifo.rawValue
        configuration.adjust = { $0.keepsSampleDigests = true }
        let pair = EmulatedPair(configuration)
        self.pair = pair
        self.transport = transport
        let units = hasAlice ? [pair.bob, pair.alice] : [pair.bob]
        do {
            devices = try transport == .pty ? [] : units.map { try USBIPPort($0) }
            terminals = try transport == .pty ? units.map { try PTYPort($0, link: Self.link($0)) } : []
        } catch {
            pair.stop()
            throw error
        }
    }

    var bob: EmulatedUnit { pair.bob }

    func end() {
        devices.forEach { $0.stop() }
        terminals.forEach { $0.stop() }
        pair.stop()
    }

    private static func link(_ unit: EmulatedUnit) -> String {
        "/tmp/fault-matrix-\(getpid())-\(unit.configuration.serial)"
    }

    // MARK: Nodes

    /// The node of a unit, if it is there. By serial number: after a plug it may be another.
    func node(_ serial: String) throws(TransportError) -> String? {
        if transport == .pty {
            let link = "/tmp/fault-matrix-\(getpid())-\(serial)"
            guard access(link, F_OK) == 0 else { return nil }
            // Terminals come with the group tty; udev knows nothing of them.
            if !isRevoked.withLock({ $0 }) { give(link) }
            return link
        }
        for candidate in (try? UnitDirectory.candidates()) ?? [] where candidate.serial == serial {
            switch (candidate.connection, transport) {
            case (.usb(let node), .usb): return node
            case (.serial(let path), .cdcACM): return path
            default: continue
            }
        }
        return nil
    }

    private static let group: gid_t = getgrnam("cvqkd")?.pointee.gr_gid ?? 0

    private func give(_ node: String) {
        chown(node, 0, Self.group)
        chmod(node, 0o660)
    }

    /// Takes everybody's permission for the node away.
    func revoke(_ serial: String) throws {
        isRevoked.withLock { $0 = true }
        guard let node = try node(serial) else { throw TransportError.notFound(serial) }
        chown(node, 0, 0)
        chmod(node, 0)
    }

    /// Gives it back.
    func restore(_ serial: String) throws {
        isRevoked.withLock { $0 = false }
        if let node = try node(serial) { give(node) }
    }

    /// Opens the unit's node as it is now.
    func open(_ serial: String) throws(TransportError) -> any UnitTransport {
        guard let node = try node(serial) else { throw .notFound(serial) }
        fm_open_files_as(Self.nobody, Self.group)
        defer { fm_open_files_as(0, 0) }
        return try LocalUnits.open(
            UnitCandidate(
                connection: transport == .usb ? .usb(node: node) : .serial(path: node), serial: serial, product: nil,
                isBootloader: false))
    }

    /// A supervisor of one of the units. Its bounds are short: a cell is not to wait for an unplugged unit.
    func supervisor(_ unit: EmulatedUnit) -> UnitSupervisor {
        var policy = RecoveryPolicy()
        policy.firstPause = .milliseconds(20)
        policy.absence = .seconds(3)
        return UnitSupervisor(
            .anywhere(serial: unit.configuration.serial), hostName: "fault matrix", finder: self, policy: policy)
    }
}

extension EmulatedBench: UnitFinder {
    func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
        do throws(TransportError) {
            return try open(selector.serialNumber ?? "")
        } catch {
            throw .transport(error)
        }
    }

    /// As the product does it; a terminal has nothing to reset.
    func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool {
        guard transport != .pty else { return false }
        return try await LocalUnitFinder(hostName: "fault matrix").reset(selector)
    }
}
