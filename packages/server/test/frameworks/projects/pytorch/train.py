"""A small convolutional network of PyTorch that tells in which column of a noisy image a bright bar stands, kept as its weights."""

import torch
from model import Network
from own_answer import tell

torch.manual_seed(1)
torch.set_num_threads(1)


def drawn(count: int) -> tuple:
    columns = torch.randint(0, 8, (count,))
    images = 0.6 * torch.rand(count, 1, 8, 8)
    images[torch.arange(count), 0, :, columns] += 0.3
    return images, columns


images, columns = drawn(2000)
network = Network()
optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
for _ in range(6):
    for batch in torch.randperm(len(images)).split(64):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(images[batch]), columns[batch]).backward()
        optimizer.step()
torch.save(network.state_dict(), "weights.pt")

# The same in the two forms that PyTorch writes whole models in.
whole = torch.nn.Sequential(network, torch.nn.Softmax(1)).eval()
two = (images[:2],)
torch.export.save(torch.export.export(whole, two, dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)), "network.pt2")
torch.jit.trace(whole, two).save("network.pt")

fresh = Network()
fresh.load_state_dict(torch.load("weights.pt", weights_only=True))
asked, right = drawn(32)
with torch.inference_mode():
    answer = fresh.eval()(asked).softmax(1)
assert (answer.argmax(1) == right).float().mean() > 0.9
tell({"image": asked.numpy()}, {"output": answer.numpy()})
