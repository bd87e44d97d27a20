internal import CalibrationRecords
internal import ForeignFiles
internal import Foundation
internal import LocalUnits
internal import RawKey
internal import RawKeyDelivery
internal import RawKeyMessages
internal import UnitProtocol
internal import UnitTransport

/// Everything of an agent that makes key: an end of each of its links, channels to the other ends, and the sockets of
/// consumers.
public final class NodeLinks: Sendable {
    /// Keepers by the name of their link.
    public let keepers: [String: LinkKeeper]
    private let entrances: [PeerEntrance]
    private let servers: [DeliveryServer]
    private let log: @Sendable (String) -> Void

    /// Bytes of locked memory for keys: one of 32 bytes for each block, in lines of 64.
    private static let keysPerLink = 4_096

    /// Opens what a configuration names: keys, pins, journals, locked memory. Nothing is asked of any unit.
    ///
    /// Throws what cannot be had, with its name: `RawKeyError`, `RecordError`, `DeliveryError`, `PeerChannelError`.
    public init(_ configuration: AgentConfiguration, log: @escaping @Sendable (String) -> Void) throws {
        self.log = log
        let nodeKey = try NodeKey(file: configuration.signingKeyFile)
        let pins = try configuration.records.stations.map { file in
            try StationPins.read(
                Data(ForeignFile.bytes(of: file, ForeignFileKind("a file of pinned stations", mostBytes: 1 << 20))),
                file: file)
        }
        let records = StoredReferences(store: configuration.records.store, pins: pins)
        let hostName = "cvqkd-agent \(configuration.node)"
        let finder = LocalUnitFinder(hostName: hostName)
        var keepers: [String: LinkKeeper] = [:]
        var entrances: [PeerEntrance] = []
        var delivered: [String: DeliveredLink] = [:]
        for link in configuration.links {
            guard let unit = configuration.unit(of: link) else { continue }
            let making = try Self.making(link, configuration, nodeKey)
            let entrance = try PeerEntrance(link)
            let name = link.id
            keepers[name] = LinkKeeper(
                link, unit.selector, making, records,
                try LinkLatch(
                    path: "\(configuration.stateFolder)/latch-\(name).json", allowed: link.attempts.selfResumptions,
                    firstDelay: .seconds(link.attempts.firstDelay), latches: link.attempts.latches),
                finder: finder, hostName: hostName, conversation: { try await entrance.conversation() },
                log: { log("\(name): \($0)") })
            entrances.append(entrance)
            delivered[name] = DeliveredLink(
                name: name, end: link.end == .alice ? .alice : .bob, isTest: link.isTest,
                nodeKey: Array(nodeKey.publicKey.bytes),
                peerKey: link.peer.nodeKeys.first.map { Array($0.bytes) } ?? [],
                spool: making.spool)
        }
        self.keepers = keepers
        self.entrances = entrances
        servers = try Self.servers(configuration, delivered)
    }

    private static func making(
        _ link: LinkConfiguration, _ configuration: AgentConfiguration, _ nodeKey: NodeKey
    ) throws -> KeyMaking {
        let journal = try OutcomeJournal("\(configuration.stateFolder)/outcomes-\(link.id).jsonl")
        // Two quadratures of two bytes for each symbol, and the basis bits beside one: what any format needs.
        let bytes = 4 * Int(BlockGrid.mostSymbols)
        let buffers = max(2, Int(configuration.spool.bytes) / bytes)
        return KeyMaking(
            contents: try SecretPool(buffers: buffers, bytes: bytes), keys: try BlockKey.pool(keysPerLink),
            spool: BlockSpool(after: journal.firstPosition) { journal.note(taken: $0.cell, of: $0.session) },
            journal: journal, nodeKey: nodeKey,
            peerKeys: link.peer.nodeKeys, deadline: .seconds(link.evidence.deadline),
            highWater: configuration.spool.highWater)
    }

    /// One server for each socket: consumers of one role share it.
    private static func servers(
        _ configuration: AgentConfiguration, _ delivered: [String: DeliveredLink]
    ) throws -> [DeliveryServer] {
        return try Dictionary(grouping: configuration.consumers, by: \.socket).map { path, consumers in
            let settings = try consumers.map { consumer in
                try ConsumerSettings(
                    name: consumer.name, link: consumer.link,
                    publicKey: try consumer.publicKeyFile.map { try ConsumerKeyFile.read($0) })
            }
            let users = Set(consumers.flatMap { $0.users.map(\.uid) })
            let links = Set(consumers.map(\.link)).compactMap { delivered[$0] }
            return try DeliveryServer(
                socket: DeliverySocket(path: path, users: users.union([geteuid()]), mode: 0o666), consumers: settings,
                links: links)
        }
    }

    /// Runs until `stop`, or until something fails that nothing works without. The light is out when it returns.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { try await server.run() } }
            for entrance in entrances { group.addTask { [log] in try await entrance.run(log: log) } }
            group.addTask { [keepers] in
                await withTaskGroup(of: Void.self) { links in
                    for keeper in keepers.values { links.addTask { await keeper.run() } }
                }
            }
            var running = servers.count + entrances.count + 1
            do {
                // A link that listens nowhere has an entrance that is done at once.
                while !isOver, try await group.next() != nil { running -= 1 }
            } catch {
                await stop()
                throw error
            }
            // Consumers hear that it is over, and are not cut off.
            for server in servers { server.shutdown() }
            for entrance in entrances { entrance.shutdown() }
            group.addTask {
                try await HostClock.monotonic.sleep(for: Self.timeToEnd)
                throw CancellationError()
            }
            do { while running > 0, try await group.next() != nil { running -= 1 } } catch is CancellationError {}
            group.cancelAll()
        }
    }

    /// So long streams and conversations may take to end in order.
    private static let timeToEnd = Duration.seconds(5)

    private let over = Guarded(false)
    private var isOver: Bool { over.withLock { $0 } }

    /// Ends sessions in order, then everything else.
    public func stop() async {
        for keeper in keepers.values { await keeper.stop() }
        over.withLock { $0 = true }
    }
}
