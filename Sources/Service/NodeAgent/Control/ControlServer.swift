internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore

/// `control.sock`: HTTP/1.1 with JSON on a Unix socket, for operators.
///
/// The folder and the socket's mode (0660) keep strangers from connecting; the user that the kernel names decides.
struct ControlServer: Sendable {
    let path: String
    let requests: ControlRequests

    /// Connections at once; further ones wait in the queue of the socket.
    private static let mostConnections = 1_000
    /// A connection on which nothing happens is closed.
    private static let idleTimeout = TimeAmount.seconds(30)

    /// Serves until the task is cancelled. `isServing` is called when clients can connect.
    func run(_ isServing: @escaping @Sendable () async -> Void = {}) async throws {
        try UnixSocketFile.prepare(path)
        // What happens is audited or counted; the framework's own lines say nothing more.
        let logger = Logger(label: "control") { _ in SwiftLogNoOpLogHandler() }
        let (path, requests) = (path, requests)
        let responder = CallbackResponder<ControlContext> { request, context in
            await Self.respond(to: request, context.channel, requests)
        }
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    idleTimeout: Self.idleTimeout,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64))),
            configuration: .init(
                address: .unixDomainSocket(path: path), backlog: 512,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections, logger: logger)),
            onServerRunning: { _ in
                chmod(path, 0o660)
                await isServing()
            }, logger: logger)
        defer { unlink(path) }
        do { try await application.run() } catch {
            guard Task.isCancelled else { throw error }
        }
    }

    private static func respond(to request: Request, _ channel: any Channel, _ requests: ControlRequests) async
        -> Response
    {
        let peer = await PeerCredentials.of(channel)
        var body: [UInt8] = []
        var answer: ControlAnswer?
        do {
            body = Array(buffer: try await request.body.collect(upTo: ControlRequests.mostBytes))
        } catch {
            answer = ControlRequests.refusal(
                ControlRefusal(.usage, "the body is not whole, or longer than \(ControlRequests.mostBytes) bytes"),
                status: 413)
        }
        let whole: ControlAnswer
        if let answer {
            whole = answer
        } else {
            whole = await requests.answer(
                ControlRequest(
                    method: request.method.rawValue, target: request.head.path ?? "", body: body, peer: peer))
        }
        return response(whole, isLast: answer != nil)
    }

    private static func response(_ answer: ControlAnswer, isLast: Bool) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if let allowed = answer.allowed { headers[.allow] = allowed }
        if isLast { headers[.connection] = "close" }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(string: answer.body + "\n")))
    }
}

/// What a request comes with: its connection.
private struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
