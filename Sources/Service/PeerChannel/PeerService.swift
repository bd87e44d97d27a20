internal import Foundation
internal import GRPCCore
internal import LinkControl
internal import PeerIdentity
internal import SwiftProtobuf
internal import UnitTransport

/// The listening side of the network: each call is one conversation.
struct PeerService: Cvqkd_Peer_V1_Peer.SimpleServiceProtocol {
    let door: PeerDoor

    /// What has been sent when a conversation ends is let out for so long.
    static let drain = Duration.seconds(1)

    func converse(
        request: RPCAsyncSequence<Cvqkd_Peer_V1_Envelope, any Error>,
        response: RPCWriter<Cvqkd_Peer_V1_Envelope>, context: ServerContext
    ) async throws {
        let (openings, opening) = AsyncStream.makeStream(of: Result<PeerConversation, PeerRefusal>.self)
        let address = context.remotePeer
        let refusal = await withTaskGroup(of: Void.self) { group -> PeerRefusal? in
            group.addTask { await read(request, from: address, opening) }
            for await result in openings {
                guard case .success(let conversation) = result else {
                    group.cancelAll()
                    return if case .failure(let refusal) = result { refusal } else { nil }
                }
                group.addTask { await Self.afterwards(conversation, clock: door.timing.clock) }
                group.addTask {
                    await write(conversation, response)
                    // A reader that waits has nothing to wait for any more.
                    opening.finish()
                }
            }
            group.cancelAll()
            return nil
        }
        switch refusal {
        case .busy: throw RPCError(code: .alreadyExists, message: "there is a conversation about it")
        case .some: throw RPCError(code: .notFound, message: "no such link")
        case nil: break
        }
    }

    /// Takes what comes: first the link, then messages.
    private func read(
        _ request: RPCAsyncSequence<Cvqkd_Peer_V1_Envelope, any Error>, from address: String,
        _ opening: AsyncStream<Result<PeerConversation, PeerRefusal>>.Continuation
    ) async {
        var conversation: PeerConversation?
        var reason = "it hung up"
        do {
            for try await envelope in request {
                if let conversation {
                    await conversation.arrive(envelope.message)
                    continue
                }
                do throws(PeerRefusal) {
                    let begun = try door.begin(envelope.link, from: address)
                    conversation = begun
                    opening.yield(.success(begun))
                } catch {
                    opening.yield(.failure(error))
                    break
                }
            }
        } catch {
            reason = Self.reason(error)
        }
        conversation?.end(reason)
        if conversation == nil { opening.finish() }
    }

    /// Says which link it is, tells whoever waits for it, and sends what there is to send.
    private func write(_ conversation: PeerConversation, _ response: RPCWriter<Cvqkd_Peer_V1_Envelope>) async {
        defer { door.finished(conversation) }
        do {
            try await response.write(.with { $0.link = conversation.link })
            door.announce(conversation)
            for await data in conversation.outgoing {
                try await response.write(.with { $0.message = data })
                conversation.sent(data)
            }
        } catch {
            conversation.end(Self.reason(error))
        }
    }

    /// Returns when a conversation has been over for so long that nobody waits for what it had to say.
    static func afterwards(_ conversation: PeerConversation, clock: HostClock) async {
        for await _ in conversation.over {}
        try? await clock.sleep(for: drain)
    }

    /// Why the network ended it.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? RPCError else { return "the connection is lost" }
        return switch error.code {
        case .resourceExhausted: "a message is too long"
        case .invalidArgument, .internalError: "what came is not a message"
        default: "the connection is lost"
        }
    }
}
