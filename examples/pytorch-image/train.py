"""Trains the network of this project and measures it.

pip install -r requirements.txt scikit-learn
python train.py            half a minute; writes weights.pt, digits.pt2 and examples/
"""

import json
from pathlib import Path

import torch
from network import Network, trained
from sklearn.datasets import load_digits
from torch.nn.functional import affine_grid, grid_sample, nll_loss

HERE = Path(__file__).parent
# The images follow their writers, so the last ones come mostly from hands that were not trained on.
TRAINED = 1437
EPOCHS = 60


def distorted(images: torch.Tensor) -> torch.Tensor:
    """Turned, slanted, stretched and moved a little."""
    change = torch.eye(2, 3).repeat(len(images), 1, 1)
    change = change + torch.randn_like(change) * torch.tensor([0.1, 0.1, 0.06])
    return grid_sample(images, affine_grid(change, list(images.shape), align_corners=False), align_corners=False)


def train(images: torch.Tensor, digits: torch.Tensor) -> Network:
    network = Network().train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = EPOCHS * (len(images) // 64 + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nll_loss(network(distorted(images[batch])).clamp_min(1e-9).log(), digits[batch]).backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def write_example(name: str, images: torch.Tensor, answer: torch.Tensor) -> None:
    def tensor(called: str, value: torch.Tensor) -> dict:
        data = [float(f"{each:.9g}") for each in value.reshape(-1).tolist()]
        return {"name": called, "datatype": "FP32", "shape": list(value.shape), "data": data}

    example = {"request": {"inputs": [tensor("image", images)]}, "response": {"outputs": [tensor("output", answer)]}, "tolerance": 1e-5}
    (HERE / "examples").mkdir(exist_ok=True)
    (HERE / "examples" / f"{name}.json").write_text(json.dumps(example) + "\n")


def main() -> None:
    torch.manual_seed(1)
    images, digits = load_digits(return_X_y=True)
    images = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    digits = torch.tensor(digits)
    torch.save(train(images[:TRAINED], digits[:TRAINED]).state_dict(), HERE / "weights.pt")

    network = trained()
    # Any number of rows: an exported program is bound to what its example shows unless it is told.
    rows = {"image": {0: torch.export.Dim("rows")}}
    program = torch.export.export(network, (images[:2].clone(),), dynamic_shapes=rows)
    for node in program.graph.nodes:
        # Where the network's file lay on the machine that trained it is nobody's business.
        node.meta.pop("stack_trace", None)
    torch.export.save(program, HERE / "digits.pt2")

    held_out, right = images[TRAINED:], digits[TRAINED:]
    with torch.inference_mode():
        answer = network(held_out)
        exported = torch.export.load(HERE / "digits.pt2").module()(held_out)
        print(f"held out: {(answer.argmax(1) == right).float().mean():.4f} of {len(right)} images")
        print(f"digits.pt2 differs by {(answer - exported).abs().max():.2g} at most; {sum(each.numel() for each in network.parameters())} weights")
        write_example("three", held_out[right == 3][:1], network(held_out[right == 3][:1]))
        write_example("four-rows", held_out[:4], network(held_out[:4]))


if __name__ == "__main__":
    main()
