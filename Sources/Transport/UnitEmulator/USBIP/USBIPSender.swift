import Glibc

/// Writes an answer's header and its data in one system call, out of memory that is allocated once.
struct USBIPSender: ~Copyable {
    private let socket: Int32
    private let header = UnsafeMutableRawBufferPointer.allocate(byteCount: USBIPMessage.headerSize, alignment: 16)
    private let parts = UnsafeMutablePointer<iovec>.allocate(capacity: 2)

    init(socket: Int32) {
        self.socket = socket
        parts.initialize(repeating: iovec(), count: 2)
    }

    deinit {
        parts.deallocate()
        header.deallocate()
    }

    /// Blocks until the kernel has taken everything; false once the connection is closed.
    func send(_ reply: USBIPTransfers.Reply, _ data: UnsafeRawBufferPointer) -> Bool {
        switch reply.kind {
        case .completion(let actualLength):
            USBIPMessage.encodeCompletion(
                sequence: reply.sequence, status: reply.status, actualLength: actualLength, into: header)
        case .unlinked:
            USBIPMessage.encodeUnlinked(sequence: reply.sequence, status: reply.status, into: header)
        }
        let total = header.count + data.count
        var done = 0
        while done < total {
            let count = sendRest(data, from: done)
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// `sendmsg` is `writev` with a flag that keeps a closed socket from raising SIGPIPE.
    private func sendRest(_ data: UnsafeRawBufferPointer, from offset: Int) -> Int {
        let headerOffset = min(offset, header.count)
        let dataOffset = offset - headerOffset
        parts[0] = iovec(
            iov_base: header.baseAddress?.advanced(by: headerOffset), iov_len: header.count - headerOffset)
        // SAFETY: the kernel only reads through these pointers, and only within the call.
        parts[1] = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: data.baseAddress?.advanced(by: dataOffset)),
            iov_len: data.count - dataOffset)
        var message = msghdr()
        message.msg_iov = parts
        message.msg_iovlen = 2
        return sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
    }
}
