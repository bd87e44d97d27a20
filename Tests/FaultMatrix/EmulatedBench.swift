import CFaultMatrix
import Glibc
import Hotplug
import SerialTransport
import USBTransport
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

    /// The slow consumer's unit has to lose symbols within seconds: 24 frames of 4 KiB.
    static let fifoBytes = 98_304
    static let symbolRate = 50_000.0
    private static let nobody: uid_t = 65_534

    init(_ transport: MatrixTransport, index: Int, hasAlice: Bool) throws {
        var configuration = PairConfiguration(model: PairModel(seed: UInt64(index) + 1))
        configuration.index = index
        configuration.warmUpTime = 0.05
        configuration.streamBufferBytes = Self.fifoBytes
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
    func node(_ serial: String) throws -> String? {
        if transport == .pty {
            let link = "/tmp/fault-matrix-\(getpid())-\(serial)"
            guard access(link, F_OK) == 0 else { return nil }
            // Terminals come with the group tty; udev knows nothing of them.
            if !isRevoked.withLock({ $0 }) { give(link) }
            return link
        }
        for candidate in try UnitDirectory.candidates() where candidate.serial == serial {
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
    func open(_ serial: String) throws -> any UnitTransport {
        guard let node = try node(serial) else { throw TransportError.notFound(serial) }
        fm_open_files_as(Self.nobody, Self.group)
        defer { fm_open_files_as(0, 0) }
        switch transport {
        case .usb: return try USBTransport(node: node, serial: serial)
        case .cdcACM, .pty: return try SerialTransport(path: node)
        }
    }

    /// Connects as soon as the unit is there, has its permission and runs its firmware.
    func connect(_ serial: String, within limit: Duration = .seconds(5)) async throws(UnitError) -> Unit {
        let end = ContinuousClock.now + limit
        while true {
            var failure = UnitError.transport(.notFound(serial))
            do {
                return try await Unit.connect(try open(serial), hostName: "fault matrix", serial: serial)
            } catch let error as TransportError {
                failure = .transport(error)
            } catch let error as UnitError {
                failure = error
            } catch {
                // What libudev could not do, it may do at the next turn.
            }
            guard ContinuousClock.now < end else { throw failure }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
