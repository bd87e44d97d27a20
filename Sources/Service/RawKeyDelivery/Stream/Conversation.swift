internal import GRPCCore
internal import RawKey
internal import RawKeyMessages
internal import UnitTransport

/// What a consumer has said in one stream, for the task that sends to it.
final class Conversation: Sendable {
    private struct State {
        var opened: Opening?
        var credit: UInt64 = 0
        var again: [BlockSpool.BlockName] = []
        var refused: Set<BlockSpool.BlockName> = []
        var ends = false
    }

    /// What the first message asks for.
    struct Opening: Sendable {
        var link: DeliveredLink
        var consumer: ConsumerSettings
        var after: UInt64
        var isMetadataOnly: Bool
    }

    private let state = Guarded(State())
    /// Where the task that sends waits.
    let point = WaitPoint()

    /// What was asked for, if something was.
    var opening: Opening? { state.withLock { $0.opened } }

    func open(_ opening: Opening) {
        state.withLock { $0.opened = opening }
        point.signal()
    }

    /// No more is to be sent: the agent ends.
    func end() {
        state.withLock { $0.ends = true }
        point.signal()
    }

    var ends: Bool { state.withLock { $0.ends } }

    /// Takes credit, as much as there is, up to `bytes`.
    func spend(upTo bytes: Int) -> Int {
        state.withLock { state in
            let spent = min(state.credit, UInt64(bytes))
            state.credit -= spent
            return Int(spent)
        }
    }

    /// Whether there is credit.
    var hasCredit: Bool { state.withLock { $0.credit > 0 } }

    /// Blocks that are to be sent again.
    func takeAgain() -> [BlockSpool.BlockName] {
        state.withLock { state in
            defer { state.again = [] }
            return state.again
        }
    }

    var hasAgain: Bool { state.withLock { !$0.again.isEmpty } }

    /// Acts on a message behind the first.
    func hear(_ message: Cvqkd_Rawkey_V1_ConsumerMessage, _ opening: Opening) throws(RPCError) {
        switch message.message {
        case .credit(let credit): try addCredit(credit.bytes)
        case .received(let received):
            try acknowledge(opening, received.digest.count) { spool throws(SpoolError) in
                try spool.received(
                    .init(session: received.session, cell: received.cell), digest: Array(received.digest))
            }
        case .taken(let taken):
            try acknowledge(opening, taken.digest.count) { spool throws(SpoolError) in
                try spool.taken(.init(session: taken.session, cell: taken.cell), digest: Array(taken.digest))
            }
        case .nack(let nack): try refuse(nack, opening)
        case .open: throw RPCError(code: .failedPrecondition, message: "the stream is open already")
        case nil: throw RPCError(code: .invalidArgument, message: "a message without contents, or of a later version")
        }
    }

    private func addCredit(_ bytes: UInt64) throws(RPCError) {
        let isPossible = state.withLock { state in
            let (sum, overflowed) = state.credit.addingReportingOverflow(bytes)
            guard !overflowed else { return false }
            state.credit = sum
            return true
        }
        guard isPossible else {
            throw RPCError(code: .invalidArgument, message: "more credit than 64 bits can hold")
        }
        point.signal()
    }

    private func acknowledge(
        _ opening: Opening, _ digestBytes: Int, _ body: (BlockSpool) throws(SpoolError) -> Void
    ) throws(RPCError) {
        try requireKey(opening)
        guard digestBytes == 32 else {
            throw RPCError(code: .invalidArgument, message: "a digest has 32 bytes, this one has \(digestBytes)")
        }
        do throws(SpoolError) { try body(opening.link.spool) } catch { throw RPCError(error) }
    }

    private func refuse(_ nack: Cvqkd_Rawkey_V1_Nack, _ opening: Opening) throws(RPCError) {
        try requireKey(opening)
        let name = BlockSpool.BlockName(session: nack.session, cell: nack.cell)
        do throws(SpoolError) { _ = try opening.link.spool.block(name) } catch { throw RPCError(error) }
        let isFirst = state.withLock { state in
            guard state.refused.insert(name).inserted else { return false }
            state.again.append(name)
            return true
        }
        guard isFirst else {
            let reason = nack.reason.prefix(200)
            throw RPCError(
                code: .dataLoss,
                message: "block \(nack.cell) of session \(nack.session) was refused twice: \(reason)")
        }
        point.signal()
    }

    private func requireKey(_ opening: Opening) throws(RPCError) {
        guard !opening.isMetadataOnly else {
            throw RPCError(code: .permissionDenied, message: "this stream is for metadata: it acknowledges nothing")
        }
    }
}

extension RPCError {
    fileprivate init(_ error: SpoolError) {
        let code: RPCError.Code =
            switch error {
            case .unknownBlock: .notFound
            case .wrongDigest: .invalidArgument
            case .notReleased: .failedPrecondition
            }
        self.init(code: code, message: "\(error)")
    }
}
