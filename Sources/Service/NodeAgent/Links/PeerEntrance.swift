internal import Foundation
internal import LinkControl
internal import PeerChannel
internal import PeerIdentity
internal import UnitTransport

/// Where a link's keeper gets its next conversation with the other end's agent from.
///
/// Whichever side the configuration says listens; of several conversations that came while nobody asked only the newest is
/// of use.
final class PeerEntrance: Sendable {
    private let link: LinkConfiguration
    private let address: PeerAddress
    private let credentials: PeerIdentity.PeerCredentials?
    private let pins: PeerPins
    private let listener: PeerListener?
    private let timing = PeerTiming()
    private let arrived = Guarded<IncomingConversation?>(nil)
    private let point = WaitPoint()

    /// Throws `PeerChannelError` and `PeerIdentityError`.
    init(_ link: LinkConfiguration) throws {
        self.link = link
        address = try PeerAddress("\(link.peer.address)")
        credentials = try link.peer.tls.map {
            try PeerIdentity.PeerCredentials(certificate: $0.certificateFile, key: $0.keyFile)
        }
        var pins = PeerPins()
        for bytes in link.peer.tls?.pins ?? [] {
            let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            if let pin = PeerPin(text) { try pins.add(pin) }
        }
        for key in link.peer.nodeKeys { try pins.add(key) }
        self.pins = pins
        listener =
            link.peer.side == .listen
            ? try PeerListener(address, links: [link.id: pins], credentials: credentials, timing: timing) : nil
    }

    /// Listens, if this side does, until the task is cancelled.
    func run(log: @escaping @Sendable (String) -> Void) async throws {
        guard let listener else { return }
        let collecting = Task(executorPreference: timing.clock.executor) {
            for await conversation in listener.conversations {
                let old = self.arrived.withLock { arrived in
                    defer { arrived = conversation }
                    return arrived
                }
                await old?.channel.close()
                self.point.signal()
            }
        }
        let refusing = Task(executorPreference: timing.clock.executor) {
            for await refusal in listener.refusals { log("peer: \(refusal)") }
        }
        defer {
            collecting.cancel()
            refusing.cancel()
        }
        try await withTaskCancellationHandler {
            try await listener.run()
        } onCancel: {
            listener.shutdown()
        }
    }

    /// Ends listening.
    func shutdown() { listener?.shutdown() }

    /// The next conversation: opened, or waited for. Throws `CancellationError` if the task is cancelled meanwhile.
    func conversation() async throws -> any LinkChannel {
        guard listener != nil else {
            return try await PeerConnector.connect(
                address, link: link.id, credentials: credentials, pins: pins, timing: timing)
        }
        while !Task.isCancelled {
            // Who has gone meanwhile comes again, and is waited for.
            if let conversation = arrived.withLock({ $0.take() }), !conversation.isOver { return conversation.channel }
            await point.wait { self.arrived.withLock { $0 != nil } }
        }
        throw CancellationError()
    }
}
