public import UnitTransport

/// Shares the kernel's memory for USB transfers (usbfs_memory_mb: 16 MiB for all devices and processes, unless
/// somebody raised it) among the units that this process has open.
///
/// What other processes use, the kernel does not publish: the figures of use are lower bounds, and the kernel may still
/// refuse a transfer that fits by our account.
public final class USBMemoryBudget: Sendable {
    /// Transfers of a stream if there is memory for them.
    public static let most = 16
    /// With fewer, a scheduling pause of some milliseconds empties the pipe: a stream is then refused.
    public static let fewest = 4
    /// Where the kernel keeps the limit in MiB; 0 means none.
    public static let limitFile = "/sys/module/usbcore/parameters/usbfs_memory_mb"

    /// Bytes of one stream transfer.
    public static func transferBytes(_ kind: TransportEndpoint.Kind) -> Int { kind == .usbSuper ? 262_144 : 65_536 }

    /// What the kernel counts for it: the bytes, and its own records (struct async, struct urb, and a scatterlist entry
    /// for each 16 KiB; less than 1 KiB together in 6.1).
    public static func transferCost(_ kind: TransportEndpoint.Kind) -> Int { transferBytes(kind) + 1024 }

    /// Bytes of the buffers of a stream, which a key session locks: twice what is in flight, so that the consumer can
    /// hold as much as the bus.
    public static func bufferBytes(_ kind: TransportEndpoint.Kind) -> Int { 2 * most * transferBytes(kind) }

    /// What an open unit uses without a stream: the transfers that wait for replies, and a request under way.
    static let unitCost = ControlReceiver.transfers * (ControlReceiver.bufferBytes + 1024) + 65_536

    /// What the kernel counts for one unit that streams, bytes.
    public static func need(of kind: TransportEndpoint.Kind, transfers: Int = most) -> Int {
        unitCost + transfers * transferCost(kind)
    }

    /// The limit in bytes; nil if there is none.
    public static func limit(megabytes: Int) -> Int? { megabytes > 0 ? megabytes << 20 : nil }

    /// The command that raises the limit, now and after every boot, so that `bytes` take at most half of it.
    public static func raise(toHold bytes: Int) -> String {
        var megabytes = 32
        while megabytes << 20 < 2 * bytes { megabytes *= 2 }
        return "echo 'w \(limitFile) - - - - \(megabytes)' | sudo tee /etc/tmpfiles.d/cvqkd-usbfs.conf >/dev/null "
            + "&& sudo systemd-tmpfiles --create cvqkd-usbfs.conf"
    }

    /// The budget of this process.
    static let shared = USBMemoryBudget {
        SystemTree.running.line(limitFile).flatMap { Int($0) }.map(limit(megabytes:)) ?? limit(megabytes: 16)
    }

    private struct Member {
        var kind: TransportEndpoint.Kind
        var serial: String
        var node: String
        /// What its stream uses; 0 while it has none.
        var stream = 0
    }

    private struct State {
        var next = 0
        var members: [Int: Member] = [:]
    }

    private let state = Guarded(State())
    private let limit: @Sendable () -> Int?

    /// A budget with a limit in bytes, which is asked for every time: it may be raised meanwhile.
    init(limit: @escaping @Sendable () -> Int?) { self.limit = limit }

    /// A unit was opened: it counts until nobody holds the share any more.
    func enter(_ kind: TransportEndpoint.Kind, serial: String, node: String) -> Share {
        let number = state.withLock { state in
            state.next += 1
            state.members[state.next] = Member(kind: kind, serial: serial, node: node)
            return state.next
        }
        return Share(self, number)
    }

    /// One open unit's part.
    final class Share: Sendable {
        private let budget: USBMemoryBudget
        private let number: Int

        fileprivate init(_ budget: USBMemoryBudget, _ number: Int) {
            self.budget = budget
            self.number = number
        }

        deinit { budget.state.withLock { $0.members[number] = nil } }

        /// Reserves memory for a stream: as many transfers as there are for it, between `fewest` and `most`. Throws
        /// `.usbMemory` with the arithmetic if not even those fit.
        func reserve() throws(TransportError) -> Int { try budget.reserve(number) }

        /// The stream works with this many transfers: the kernel may have refused some of what was reserved.
        func settle(transfers: Int) { budget.settle(number, transfers) }

        /// The stream is over.
        func release() { budget.settle(number, 0) }
    }

    private func settle(_ number: Int, _ transfers: Int) {
        state.withLock { state in
            guard let kind = state.members[number]?.kind else { return }
            state.members[number]?.stream = transfers * Self.transferCost(kind)
        }
    }

    private func reserve(_ number: Int) throws(TransportError) -> Int {
        let limit = limit()
        return try state.withLock { state throws(TransportError) in
            guard let member = state.members[number] else { throw .closed }
            state.members[number]?.stream = 0
            let (units, streams) = (state.members.count, Self.streams(state.members))
            guard let count = Self.transfers(member.kind, limit: limit, units: units, streams: streams) else {
                throw .usbMemory(Self.shortage(state.members, member, limit ?? 0, isKernels: false))
            }
            state.members[number]?.stream = count * Self.transferCost(member.kind)
            return count
        }
    }

    /// What to say of a transfer that the kernel itself refused.
    func refusal(at node: String) -> USBMemoryShortage {
        let limit = limit() ?? 0
        return state.withLock { state in
            let member = state.members.values.first { $0.node == node }
            return Self.shortage(
                state.members, member ?? Member(kind: .usbHigh, serial: "the unit", node: node), limit, isKernels: true)
        }
    }

    /// How many transfers a stream gets when `units` are open and others' streams use `streams` bytes: its equal part
    /// of the limit, because every open unit will want a stream; what is free, if that is less; but never fewer than
    /// `fewest` while those fit. Nil if they do not.
    static func transfers(_ kind: TransportEndpoint.Kind, limit: Int?, units: Int, streams: Int) -> Int? {
        guard let limit else { return most }
        let forStreams = limit - units * unitCost
        let free = forStreams - streams
        guard free >= fewest * transferCost(kind) else { return nil }
        return min(most, max(fewest, min(free, forStreams / units) / transferCost(kind)))
    }

    private static func streams(_ members: [Int: Member]) -> Int { members.reduce(0) { $0 + $1.value.stream } }

    private static func shortage(
        _ members: [Int: Member], _ member: Member, _ limit: Int, isKernels: Bool
    ) -> USBMemoryShortage {
        USBMemoryShortage(
            unit: "\(member.serial) at \(member.node)", transfers: fewest, transferBytes: transferCost(member.kind),
            inUse: streams(members) + members.count * unitCost,
            streams: members.count { $0.value.stream > 0 && $0.value.node != member.node },
            limit: limit, isKernels: isKernels,
            raise: raise(toHold: members.values.reduce(0) { $0 + need(of: $1.kind) }))
    }
}
