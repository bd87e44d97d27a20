internal import Foundation
public import NodeReports
internal import RawKey
internal import RawKeyMessages
internal import SwiftProtobuf

/// What operators see of links that are kept, and what they can do with them.
public struct KeptLinks: AgentLinks {
    private let configuration: AgentConfiguration
    private let links: NodeLinks
    private let now: @Sendable () -> Date

    /// Windows of one answer.
    private static let mostWindows = 200

    /// Opens what the configuration names.
    public init(
        _ configuration: AgentConfiguration, log: @escaping @Sendable (String) -> Void
    ) throws {
        self.configuration = configuration
        links = try NodeLinks(configuration, log: log)
        now = { Date() }
    }

    /// Runs the links.
    public func run() async throws { try await links.run() }
    /// Ends them in order.
    public func stop() async { await links.stop() }

    private func keeper(_ link: String) throws(ControlRefusal) -> LinkKeeper {
        guard let keeper = links.keepers[link] else {
            throw .unknownLink(link, among: configuration.links.map(\.id))
        }
        return keeper
    }

    /// All links.
    public func links() async -> [AgentLinkDocument] {
        var documents: [AgentLinkDocument] = []
        for link in configuration.links {
            guard let keeper = links.keepers[link.id] else { continue }
            documents.append(document(link, await keeper.current(), keeper.spool))
        }
        return documents
    }

    private func document(
        _ link: LinkConfiguration, _ status: LinkKeeper.Status, _ spool: BlockSpool
    ) -> AgentLinkDocument {
        var document = AgentLinkDocument(
            link, of: configuration, state: status.state.rawValue, reason: status.reason, since: status.since,
            ageSeconds: max(0, now().timeIntervalSince(status.since)),
            session: status.session == 0 ? nil : Hexadecimal.word(status.session))
        document.attempts.used = max(0, link.attempts.selfResumptions - status.attemptsLeft)
        document.startWindows = .init(status.windows)
        document.dayWindows = .init(status.dayWindows)
        document.windowPlan = status.plan.map(AgentLinkDocument.WindowPlan.init)
        document.spool.blocks = status.blocks
        document.spool.newest = WideNumber(status.newest)
        document.spool.bytes = WideNumber(
            spool.entries(after: 0, limit: .max).reduce(0) { sum, entry in
                guard case .block(let block) = entry.item, block.hasCiphertext else { return sum }
                return sum + UInt64(block.byteCount)
            })
        document.spool.isFull = status.reason == SessionClose.full.text
        return document
    }

    /// What is known about blocks.
    public func blocks(
        of link: String, after position: UInt64, limit: Int
    ) async throws(ControlRefusal) -> AgentBlocksDocument {
        let spool = try keeper(link).spool
        let entries = spool.entries(after: position, limit: limit)
        return AgentBlocksDocument(
            link: link, items: entries.map(AgentBlocksDocument.Item.init),
            next: WideNumber(entries.last?.position ?? position), newest: WideNumber(spool.newest))
    }

    /// The latest windows.
    public func windows(of link: String) async throws(ControlRefusal) -> AgentWindowsDocument {
        let windows = try keeper(link).spool.entries(after: 0, limit: .max).compactMap { entry in
            AgentWindowsDocument.Window(entry.item)
        }
        return AgentWindowsDocument(link: link, windows: windows.suffix(Self.mostWindows))
    }

    /// Lets a link go on.
    public func release(_ link: String, reason: String) async throws(ControlRefusal) -> AgentVerbDocument {
        let keeper = try keeper(link)
        let state = await keeper.current().state
        guard state == .latched || state == .zeroised else {
            throw ControlRefusal(
                .refused, "\(link) is not latched (it is \(state.rawValue)); there is nothing to release")
        }
        do { try await keeper.release(reason) } catch {
            throw ControlRefusal(.failure, "\(link) stays \(state.rawValue), because that cannot be noted: \(error)")
        }
        return AgentVerbDocument(verb: "release", link: link, outcome: "the link goes on; it was \(state.rawValue)")
    }

    /// Destroys raw key of a link.
    public func erase(
        _ choice: AgentEraseRequest, of link: String
    ) async throws(ControlRefusal) -> AgentVerbDocument {
        let keeper = try keeper(link)
        let session = choice.session.flatMap { UInt64($0, radix: 16) }
        let cells = (choice.firstCell?.value ?? 0)...(choice.lastCell?.value ?? .max)
        let names = keeper.spool.entries(after: 0, limit: .max).compactMap { entry -> BlockSpool.BlockName? in
            guard case .block(let block) = entry.item, block.hasKey || block.hasCiphertext else { return nil }
            guard choice.all == true || (block.session == session && cells.contains(block.cell)) else { return nil }
            return .init(block)
        }
        do throws(RawKeyError) { try await keeper.erase(names) } catch {
            throw ControlRefusal(
                .failure,
                "raw key of \(names.count) blocks was destroyed, and that cannot be noted: \(error.description)")
        }
        return AgentVerbDocument(
            verb: "erase", link: link, outcome: "raw key of \(names.count) blocks was destroyed", blocks: names.count)
    }

    /// Destroys everything.
    public func zeroise(reason: String) async -> AgentVerbDocument {
        var count = 0
        for link in configuration.links { count += await links.keepers[link.id]?.zeroise(reason) ?? 0 }
        return AgentVerbDocument(
            verb: "zeroise", link: nil, outcome: "raw key of \(count) blocks was destroyed, and all links stand still",
            blocks: count)
    }
}

extension AgentLinkDocument.Windows {
    fileprivate init(_ tally: WindowTally) {
        self.init()
        attempted = tally.attempted
        passed = tally.passed
        revoked = tally.revoked
        interrupted = tally.interrupted
        insufficient = tally.insufficient
    }
}

extension AgentBlocksDocument.Item {
    fileprivate init(_ entry: SpoolEntry) {
        func item(_ kind: String, _ session: UInt64?) -> Self {
            Self(
                position: WideNumber(entry.position), kind: kind,
                session: session.flatMap { $0 == 0 ? nil : Hexadecimal.word($0) })
        }
        switch entry.item {
        case .block(let block):
            self = item("block", block.session)
            (cell, bytes) = (WideNumber(block.cell), WideNumber(UInt64(block.byteCount)))
            digest = Hexadecimal.text(block.digest)
            (hasCiphertext, hasKey) = (block.hasCiphertext, block.hasKey)
        case .release(let block, _, _):
            self = item("release", block.session)
            cell = WideNumber(block.cell)
            hasKey = block.hasKey
        case .gap(let session, let gap):
            self = item("gap", session)
            (cell, cells) = (WideNumber(gap.firstCell), WideNumber(gap.cells))
            outcome = "\(gap.cause)"
        case .window(let session, let ordinal, let record, let held):
            self = item("window", session)
            (window, cells) = (WideNumber(ordinal), WideNumber(UInt64(held.count)))
            cell = held.first.map { WideNumber($0) }
            (outcome, reason) = (record.outcomeWord, record.reasonWords)
        case .orphaned(let session, let ordinal, let lost):
            self = item("orphaned", session)
            (window, cells) = (WideNumber(ordinal), WideNumber(UInt64(lost.count)))
            cell = lost.first.map { WideNumber($0) }
        case .suspect(let session, let interval, let cause):
            self = item("suspect", session)
            cell = WideNumber(interval.lowerBound)
            cells = WideNumber((interval.upperBound - interval.lowerBound).addingReportingOverflow(1).partialValue)
            reason = cause
        case .state(let state, let why, let session):
            self = item("state", session)
            (outcome, reason) = (state, why)
        }
    }
}

extension Cvqkd_Rawkey_V1_WindowRecord {
    fileprivate var outcomeWord: String {
        switch outcome {
        case .released: "released"
        case .revoked: "revoked"
        default: "open"
        }
    }

    fileprivate var reasonWords: String? {
        reason == .unspecified
            ? nil
            : UInt8(exactly: reason.rawValue).flatMap(RevocationReason.init(rawValue:))?.description ?? "\(reason)"
    }
}

extension AgentWindowsDocument.Window {
    /// Nil for anything but a window. A statement that cannot be read says nothing.
    fileprivate init?(_ item: SpoolItem) {
        guard case .window(let session, let ordinal, let record, let held) = item else { return nil }
        let statements = [record.receiver, record.transmitter].compactMap { signed in
            signed.statement.isEmpty
                ? nil : try? Cvqkd_Rawkey_V1_WindowStatement(serializedBytes: signed.statement)
        }
        self.init(
            session: Hexadecimal.word(session), ordinal: WideNumber(ordinal),
            firstCell: WideNumber(statements.first?.firstCell ?? 0), cells: WideNumber(statements.first?.cells ?? 0),
            held: WideNumber(UInt64(held.count)), outcome: record.outcomeWord, reason: record.reasonWords,
            judged: statements.flatMap(\.judged).map {
                .init(
                    name: $0.name, value: $0.value, sigma: $0.sigma, lower: $0.lower, upper: $0.upper,
                    passes: $0.passes)
            }, record: try? record.serializedData().base64EncodedString())
    }
}
