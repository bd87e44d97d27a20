internal import DeliveryProtocol
internal import GRPCCore
internal import GRPCProtobuf
internal import RawKey
internal import RawKeyMessages
internal import UnitTransport

/// The service `cvqkd.rawkey.v1.RawKey` of one socket.
struct DeliveryService: RegistrableRPCService {
    let consumers: [String: ConsumerSettings]
    let links: [String: DeliveredLink]
    let conversations = Conversations()
    let clock: HostClock
    let counters: Guarded<DeliveryCounters>

    /// So long the first message may take.
    static let timeToOpen: Duration = .seconds(10)

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Cvqkd_Rawkey_V1_RawKey.Method.Deliver.descriptor,
            deserializer: ProtobufDeserializer<Cvqkd_Rawkey_V1_ConsumerMessage>(),
            serializer: OutgoingSerializer(),
            handler: { request, _ in
                StreamingServerResponse { writer in
                    try await deliver(request.messages, writer)
                    return [:]
                }
            })
    }

    private func deliver(
        _ messages: RPCAsyncSequence<Cvqkd_Rawkey_V1_ConsumerMessage, any Error>, _ writer: RPCWriter<OutgoingMessage>
    ) async throws {
        let conversation = Conversation()
        let number = try conversations.add(conversation)
        defer { conversations.remove(number) }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await listen(messages, conversation) }
                group.addTask {
                    try await clock.sleep(for: Self.timeToOpen)
                    guard conversation.opening != nil else {
                        throw RPCError(
                            code: .deadlineExceeded, message: "the first message, Open, did not come in 10 s")
                    }
                    // What was opened ends with the other tasks.
                    try await clock.sleep(until: .init(nanoseconds: .max))
                }
                group.addTask { try await send(conversation, writer) }
                // The first that ends is the end: the consumer's last message, or a reason of ours.
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as RPCError { throw error } catch is CancellationError {
            throw RPCError(code: .cancelled, message: "the stream was cancelled")
        }
    }

    private func listen(
        _ messages: RPCAsyncSequence<Cvqkd_Rawkey_V1_ConsumerMessage, any Error>, _ conversation: Conversation
    ) async throws {
        for try await message in messages {
            if let opening = conversation.opening {
                try conversation.hear(message, opening)
            } else {
                conversation.open(try opening(message))
            }
        }
    }

    private func send(_ conversation: Conversation, _ writer: RPCWriter<OutgoingMessage>) async throws {
        while conversation.opening == nil, !conversation.ends {
            try Task.checkCancellation()
            await conversation.point.wait { conversation.opening != nil || conversation.ends }
        }
        guard let opening = conversation.opening else { throw Conversations.ending }
        let delivery = Delivery(
            conversation: conversation, opening: opening, wrapping: KeyWrapping(opening.consumer), writer: writer,
            counters: counters)
        guard !opening.isMetadataOnly else { return try await delivery.run() }
        let link = opening.link
        guard let lease = link.lease(to: opening.consumer.name) else {
            throw RPCError(
                code: .alreadyExists,
                message: "raw key of link \(link.name) goes to consumer \(link.holder ?? "another one") already")
        }
        defer { link.endLease(lease) }
        try await delivery.run()
    }

    /// What the first message asks for, if it may.
    private func opening(_ message: Cvqkd_Rawkey_V1_ConsumerMessage) throws(RPCError) -> Conversation.Opening {
        guard case .open(let open) = message.message else {
            throw RPCError(code: .failedPrecondition, message: "the first message of a stream has to be Open")
        }
        guard open.version == 1 else {
            throw RPCError(
                code: .unimplemented, message: "version \(open.version) of delivery is not spoken here: 1 is")
        }
        guard let consumer = consumers[open.consumer] else {
            throw RPCError(
                code: .permissionDenied, message: "this socket has no consumer of the name \(Self.shown(open.consumer))"
            )
        }
        guard consumer.link == open.link, let link = links[open.link] else {
            throw RPCError(
                code: .permissionDenied,
                message: "consumer \(consumer.name) is for link \(consumer.link), not for \(Self.shown(open.link))")
        }
        guard open.metadataOnly || consumer.publicKey != nil else {
            throw RPCError(
                code: .permissionDenied, message: "consumer \(consumer.name) has no key: it gets metadata only")
        }
        guard open.after <= link.spool.newest else {
            throw RPCError(
                code: .outOfRange,
                message: "there is no position \(open.after) yet: the newest is \(link.spool.newest)")
        }
        return Conversation.Opening(
            link: link, consumer: consumer, after: open.after, isMetadataOnly: open.metadataOnly)
    }

    /// A stranger's text in a message of ours.
    private static func shown(_ text: String) -> String { "\"\(text.prefix(64))\"" }
}

/// All streams of a server, so that it can end them.
final class Conversations: Sendable {
    private struct State {
        var open: [UInt64: Conversation] = [:]
        var next: UInt64 = 0
        var ends = false
    }
    private let state = Guarded(State())

    static var ending: RPCError { RPCError(code: .unavailable, message: "the agent ends") }

    func add(_ conversation: Conversation) throws(RPCError) -> UInt64 {
        let number: UInt64? = state.withLock { state in
            guard !state.ends else { return nil }
            state.next += 1
            state.open[state.next] = conversation
            return state.next
        }
        guard let number else { throw Self.ending }
        return number
    }

    func remove(_ number: UInt64) { state.withLock { _ = $0.open.removeValue(forKey: number) } }

    /// Ends all, and takes no more.
    func end() {
        let open = state.withLock { state in
            state.ends = true
            return Array(state.open.values)
        }
        for conversation in open { conversation.end() }
    }
}
